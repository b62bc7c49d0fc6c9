const LINE_FEED = 0x0a;

/** A line and where it lies in its file. */
export interface PlacedLine {
  /** Its number, from 1. */
  line: number;
  offset: number;
  /** Where the next line begins. */
  end: number;
  /** Without the line feed; it may be empty. */
  text: Buffer;
}

/**
 * The lines of a file in blocks as its bytes arrive. What follows the last line feed is a line unless it is empty. Bytes are
 * copied for a line that lies in several chunks alone, and then once: a file may have a million lines.
 * @param tooLong called with the length so far of a line that has not ended at the end of a chunk; it may throw
 */
export async function* placedLines(
  chunks: AsyncIterable<Buffer>,
  tooLong: (bytes: number) => void = () => {},
): AsyncGenerator<PlacedLine[]> {
  let open: Buffer[] = [];
  let openBytes = 0;
  let [line, offset] = [0, 0];
  for await (const chunk of chunks) {
    const lines: PlacedLine[] = [];
    let start = 0;
    for (let feed = chunk.indexOf(LINE_FEED); feed >= 0; feed = chunk.indexOf(LINE_FEED, start)) {
      const piece = chunk.subarray(start, feed);
      const text = openBytes > 0 ? Buffer.concat([...open, piece]) : piece;
      const end = offset + text.length + 1;
      lines.push({ line: ++line, offset, end, text });
      open = [];
      openBytes = 0;
      offset = end;
      start = feed + 1;
    }
    open.push(chunk.subarray(start));
    openBytes += chunk.length - start;
    tooLong(openBytes);
    if (lines.length > 0) yield lines;
  }
  const text = Buffer.concat(open);
  if (text.length > 0) yield [{ line: line + 1, offset, end: offset + text.length, text }];
}

/** As `placedLines`, one by one: for who may stop at any of them. */
export async function* eachLine(chunks: AsyncIterable<Buffer>): AsyncGenerator<PlacedLine> {
  for await (const lines of placedLines(chunks)) yield* lines;
}
