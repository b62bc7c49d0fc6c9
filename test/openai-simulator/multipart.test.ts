import fc from "fast-check";
import { expect, test } from "vitest";
import { boundaryOf, FormError, readForm } from "../../services/openai-simulator/files/multipart.ts";
import { eachLine } from "../../shared/lines/placed-lines.ts";

async function* inPieces(bytes: Buffer, sizes: number[]): AsyncGenerator<Buffer> {
  for (let at = 0, piece = 0; at < bytes.length; piece++) {
    const size = sizes[piece % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function partsOf(source: AsyncIterable<Buffer>, boundary: string) {
  const parts: { name: string; filename: string | null; text: string }[] = [];
  for await (const event of readForm(source, boundary)) {
    if (event.kind === "part") parts.push({ name: event.name, filename: event.filename, text: "" });
    else parts.at(-1)!.text += event.bytes.toString("latin1");
  }
  return parts;
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 });
/** Texts full of what delimiters are made of. */
const content = fc.string({
  unit: fc.constantFrom("\r", "\n", "-", "b", "\r\n--", "\r\n\r\n", "x"),
  maxLength: 60,
});

test("parts come back whole, however the body is cut into pieces", async () => {
  const bodies = fc.array(fc.record({ name: fc.constantFrom("file", "purpose"), content }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(bodies, sizes, async (bodies, sizes) => {
      fc.pre(bodies.every((part) => !`\r\n${part.content}`.includes("\r\n--bb")));
      const texts = bodies.map(
        (part) => `--bb\r\nContent-Disposition: form-data; name="${part.name}"\r\n\r\n${part.content}\r\n`,
      );
      const form = Buffer.from(`${texts.join("")}--bb--\r\n`, "latin1");
      const parts = await partsOf(inPieces(form, sizes), "bb");
      expect(parts).toEqual(bodies.map((part) => ({ name: part.name, filename: null, text: part.content })));
    }),
  );
});

test("a form that ends early or whose part has no name is an error", async () => {
  const read = (text: string) => partsOf(inPieces(Buffer.from(text), [7]), "b");
  for (const text of [
    "",
    "no form",
    '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nx',
    "--b\r\nx: y\r\n\r\nz",
  ]) {
    await expect(read(text)).rejects.toBeInstanceOf(FormError);
  }
});

test("the boundary is found plain and quoted", () => {
  expect(boundaryOf("multipart/form-data; boundary=abc")).toBe("abc");
  expect(boundaryOf('multipart/form-data; charset=x; boundary="a b"')).toBe("a b");
  expect([boundaryOf("multipart/form-data"), boundaryOf("text/plain; boundary=a")]).toEqual([null, null]);
});

test("lines and their places are found, however the file is cut into pieces", async () => {
  const text = fc.string({ unit: fc.constantFrom("a", "☃", "\n", "\r"), maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(text, sizes, async (text, sizes) => {
      const bytes = Buffer.from(text);
      const lines: string[] = [];
      let end = 0;
      for await (const line of eachLine(inPieces(bytes, sizes))) {
        lines.push(line.text.toString());
        expect([line.offset, line.line]).toEqual([end, lines.length]);
        end = line.end;
      }
      expect(end).toBe(bytes.length);
      expect(lines).toEqual(
        text.endsWith("\n") || text === "" ? text.split("\n").slice(0, -1) : text.split("\n"),
      );
    }),
  );
});
