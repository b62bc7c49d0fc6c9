import { UserError } from "../../shared/errors.ts";

/**
 * The names in an order in which each comes behind those that it waits for, otherwise in the order given.
 * @param waitsFor names of others; those that are not among the names are passed over
 * @throws UserError naming those that wait for each other
 */
export function orderStages(
  names: readonly string[],
  waitsFor: (name: string) => readonly string[],
): string[] {
  const ordered = new Set<string>();
  const visit = (name: string, way: readonly string[]) => {
    if (ordered.has(name) || !names.includes(name)) return;
    const start = way.indexOf(name);
    if (start >= 0) {
      const circle = [...way.slice(start), name].join(" -> ");
      throw new UserError(
        `The stages ${circle} wait for each other: one of them must not read what the other writes.`,
      );
    }
    for (const before of waitsFor(name)) visit(before, [...way, name]);
    ordered.add(name);
  };
  for (const name of names) visit(name, []);
  return [...ordered];
}
