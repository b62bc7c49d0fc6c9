/** A row's own member: a column may be called `constructor`, which every object answers to. */
export function memberOf(row: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(row, name) ? row[name] : undefined;
}
