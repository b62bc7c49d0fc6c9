import { DIALECTS, type Dialect } from "../../providers/dialects.ts";
import type { Annotator } from "../annotator.ts";
import { hostName, KNOWN_ENDPOINTS, type KnownEndpoint } from "./endpoint.ts";

/** Who a model's provider is, and how it is spoken to. */
export type Spoken = Pick<Annotator, "provider" | "dialect">;

/**
 * What the field `provider` says: a dialect (then the host tells who it is), an endpoint that is known by name, or any
 * other name, of one who speaks as OpenAI does.
 * @param baseUrl of the entry, plain; undefined: it names none
 * @returns undefined where nothing tells who it is
 */
export function spokenBy(
  given: string | undefined,
  baseUrl: string | undefined,
  base: Spoken | undefined,
): Spoken | undefined {
  const dialect = dialectOf(given) ?? base?.dialect ?? "openai-chat";
  if (given !== undefined && !isDialect(given)) return { provider: given, dialect };
  const provider = baseUrl !== undefined ? hostName(baseUrl) : (base?.provider ?? knownBy(given)?.[0]);
  return provider === undefined ? undefined : { provider, dialect };
}

/** The known endpoint that an entry without an address means, with its name. */
export function knownBy(
  given: string | undefined,
): [KnownEndpoint, (typeof KNOWN_ENDPOINTS)[KnownEndpoint]] | undefined {
  if (given === undefined) return undefined;
  const rows = Object.entries(KNOWN_ENDPOINTS) as [KnownEndpoint, (typeof KNOWN_ENDPOINTS)[KnownEndpoint]][];
  const named = rows.find(([name]) => name === given);
  if (named !== undefined) return named;
  const speaking = rows.filter(([, { dialect }]) => dialect === given);
  return speaking.length === 1 ? speaking[0] : undefined;
}

/** The dialect that was probably meant by a name that is none, written otherwise. */
export function nearDialect(given: string): Dialect | undefined {
  const plain = (name: string) =>
    name
      .toLowerCase()
      .replace(/[^a-z]/g, "")
      .replace(/s$/, "");
  return isDialect(given) ? undefined : DIALECTS.find((dialect) => plain(dialect) === plain(given));
}

function dialectOf(given: string | undefined): Dialect | undefined {
  if (given === undefined) return undefined;
  return isDialect(given) ? given : knownBy(given)?.[1].dialect;
}

function isDialect(name: string): name is Dialect {
  return DIALECTS.some((dialect) => dialect === name);
}
