/** `ATTACK_SECONDS=60` for a longer attack, which then prints what it has measured. */
export const SECONDS = Number(process.env.ATTACK_SECONDS ?? 0);

/**
 * Prints figures of an attack, where one was asked for (`make attack`).
 *
 * @param name what was measured
 * @param figures name and value
 */
export function tell(name: string, figures: Readonly<Record<string, string | number>>): void {
  if (SECONDS > 0) {
    const text = Object.entries(figures).map(([what, value]) => `${what} ${value}`);
    console.log(`${name}: ${text.join(', ')}`);
  }
}
