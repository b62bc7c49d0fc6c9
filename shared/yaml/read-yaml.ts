import { CST, type Document, isScalar, Lexer, LineCounter, parseDocument, visit } from "yaml";
import { messageOf, UserError } from "../errors.ts";

/**
 * YAML from people and from elsewhere, read within bounds: a text of a few hundred bytes can otherwise keep a process
 * busy for many seconds, since keys that are maps or lists are written out once for each level above them, and faults
 * are looked up one by one. A text of the most characters takes a second or two, whatever it holds.
 *
 * | bound                        | most                                  |
 * |------------------------------|---------------------------------------|
 * | length                       | MOST_CHARACTERS                       |
 * | nesting in brackets          | MOST_NESTED                           |
 * | nesting on one line (- - -)  | MOST_NESTED                           |
 * | keys                         | plain ones: no list, no map, no `?`   |
 * | aliases                      | those of the library: 100 of a value  |
 */
const MOST_CHARACTERS = 131_072;
const MOST_NESTED = 64;

export interface YamlText {
  document: Document;
  lines: LineCounter;
  /** What it says, as plain values. */
  value: unknown;
}

/** @param name what the text is called in sentences @throws UserError naming it, the line, and the way out */
export function readYaml(text: string, name: string): YamlText {
  if (text.length > MOST_CHARACTERS)
    throw new UserError(
      `${name} is ${text.length} characters long, and YAML of more than ${MOST_CHARACTERS} is not read: make it shorter.`,
    );
  const at = (offset: number, reason: string) =>
    new UserError(
      `${name}, line ${text.slice(0, offset).split("\n").length}: ${reason}. Correct the YAML there.`,
    );
  const over = tooMuch(text);
  if (over !== undefined) throw at(over.offset, over.reason);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [broken] = document.errors;
  if (broken) throw at(broken.pos[0], broken.message.split(/:?\n/)[0]!);
  const key = keyThatIsNotPlain(document);
  if (key !== undefined) throw at(key, "a key is a list, a map or an alias, where a plain one can stand");
  try {
    return { document, lines, value: document.toJS() };
  } catch (cause) {
    throw new UserError(`${name} cannot be read as YAML (${messageOf(cause)}): write its aliases out.`, {
      cause,
    });
  }
}

/** The first place where it is nested beyond what anybody writes. */
function tooMuch(text: string): { offset: number; reason: string } | undefined {
  let [offset, open, onLine] = [0, 0, 0];
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme);
    if (type === "newline") onLine = 0;
    if (type === "flow-map-start" || type === "flow-seq-start") open += 1;
    if (type === "flow-map-end" || type === "flow-seq-end") open -= 1;
    if (type === "seq-item-ind" || type === "map-value-ind") onLine += 1;
    if (type === "explicit-key-ind")
      return { offset, reason: "a key begins with ?, where a plain one can stand" };
    if (open < 0) return { offset, reason: `${lexeme} closes nothing` };
    if (open > MOST_NESTED || (onLine > MOST_NESTED && open === 0))
      return { offset, reason: `it is nested deeper than ${MOST_NESTED} levels` };
    if (!MARKS.has(lexeme)) offset += lexeme.length;
  }
  return undefined;
}

/** Lexemes that the lexer puts in, and that stand for no character of the text. */
const MARKS: ReadonlySet<string> = new Set([CST.DOCUMENT, CST.FLOW_END, CST.SCALAR]);

function keyThatIsNotPlain(document: Document): number | undefined {
  let found: number | undefined;
  visit(document, {
    Pair: (_, { key }) => {
      if (key === null || isScalar(key)) return undefined;
      found = (key as { range?: [number] }).range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}
