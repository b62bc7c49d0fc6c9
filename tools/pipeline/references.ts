import { UserError } from "../../shared/errors.ts";
import { anyOf } from "../../shared/words/any-of.ts";
import { nearestNames } from "../../shared/words/nearest-names.ts";

/** `${stage.output}`, or `${output_dir}`; a doubled dollar sign is one that stands for itself. */
const REFERENCE = /\$\$|\$\{([^{}]*)\}/g;

/** The names of the stages that a value refers to, wherever in it. */
export function stagesIn(value: unknown): string[] {
  const found = new Set<string>();
  mapTexts(value, (text) =>
    text.replaceAll(REFERENCE, (whole, inner: string | undefined) => {
      const [stage, output] = (inner ?? "").split(".");
      if (output !== undefined) found.add(stage!.trim());
      return whole;
    }),
  );
  return [...found];
}

/**
 * The value with its references replaced. @param outputs of the stages that come before @param names of all stages
 * @throws UserError for a name that there is not
 */
export function resolveReferences(
  value: unknown,
  variables: Readonly<Record<string, string>>,
  outputs: ReadonlyMap<string, Record<string, string>>,
  names: readonly string[],
): unknown {
  return mapTexts(value, (text) =>
    text.replaceAll(REFERENCE, (_, inner: string | undefined) => {
      if (inner === undefined) return "$";
      const [name, output] = inner.split(".").map((part) => part.trim()) as [string, string?];
      const known = output === undefined ? variables : outputs.get(name);
      if (known === undefined) throw unknown(inner, "stage", name, names);
      const found = known[output ?? name];
      if (found !== undefined) return found;
      throw unknown(inner, output === undefined ? "value" : "output", output ?? name, Object.keys(known));
    }),
  );
}

function unknown(reference: string, what: string, name: string, names: Iterable<string>): UserError {
  const all = [...names];
  const near = nearestNames(name, all);
  const hint = near.length > 0 ? `did you mean ${anyOf(near)}?` : `there are ${all.join(", ") || "none"}.`;
  return new UserError(`\${${reference}} names no ${what}: ${hint}`);
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}
