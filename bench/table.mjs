// Tables in Markdown.

/**
 * @param {string[]} head
 * @param {string[][]} lines
 * @returns {string} a table whose columns are figures but for the first
 */
export function table(head, lines) {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
