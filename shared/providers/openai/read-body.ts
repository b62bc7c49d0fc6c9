import { readStream } from "./read-stream.ts";

/** What the text of an answer starts with that is none of it: a byte order mark, and lines by which a server keeps the line open. */
const BEFORE = /^(?:\uFEFF|\s|:[^\n]*(?:\n|$))+/;
const STREAM = /^(?:data|event|id|retry):/;
/** Strings, and numbers that JSON does not have and some servers write all the same. */
const BARE = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|nan|Infinity|inf)\b/g;

/**
 * The value of an answer's body. Nearly every body is JSON and nothing else; what other servers send is looked at only
 * where it is not: a byte order mark, comment lines, a stream of events though none was asked for, and numbers that are
 * none, which become null. @throws SyntaxError
 */
export function readBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    const text = body.replace(BEFORE, "");
    if (STREAM.test(text)) return readStream(text);
    const mended = text.replace(BARE, (found) => (found.startsWith('"') ? found : "null"));
    if (mended === body) throw error;
    return JSON.parse(mended);
  }
}
