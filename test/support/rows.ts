/** Rows for `test.each` where a value may be a list: vitest would take it for several columns. */
export function rows<Value>(values: readonly Value[]): { readonly value: Value }[] {
  return values.map((value) => ({ value }));
}
