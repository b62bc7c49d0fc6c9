import { describe, expect, test } from "vitest";
import { keyOnlyWithCaller, keyStatus } from "../../shared/annotators/keys.ts";

const annotator = { name: "m", keyVariable: "MY_KEY" };
const statusOf = (value: string | undefined) =>
  keyStatus(annotator, (name) => (name === "MY_KEY" ? value : undefined));

describe("a key", () => {
  test("is found under its variable, white space around it left out", () => {
    expect(statusOf(" sk-1 \n")).toEqual({ ok: true, key: "sk-1" });
  });

  test("is not asked for where the endpoint needs none", () => {
    const read = () => {
      throw new Error("no variable is to be read");
    };
    expect(keyStatus({ name: "m", keyVariable: null }, read)).toEqual({ ok: true, key: undefined });
  });

  test.each([undefined, ""])("that is missing (%j) is said with its variable and the way out", (value) => {
    expect(statusOf(value)).toEqual({
      ok: false,
      fault:
        "MY_KEY is not set, and annotator m needs a key: export MY_KEY=<your key>, or set MY_KEY_FILE to the path of a file that holds it.",
    });
  });

  test.each([
    ["   ", "MY_KEY holds only white space"],
    ["\n", "MY_KEY holds only white space"],
    ["s3cret\ns3cret", "MY_KEY has a line break inside"],
    ["s3cret s3cret", "MY_KEY holds a space or a character that no key has"],
    ["s3cret\u00e9", "MY_KEY holds a space or a character that no key has"],
    ["s3cret\u0000", "MY_KEY holds a space or a character that no key has"],
  ])("that cannot be one (%j) is refused by name and not shown", (value, expected) => {
    const status = statusOf(value);
    expect(status).toEqual({ ok: false, fault: `${expected}: set it to the key alone, on one line.` });
    expect(JSON.stringify(status)).not.toContain("s3cret");
  });

  test("file that cannot be read is a fault, not a crash", () => {
    const read = () => {
      throw new Error("MY_KEY_FILE names /x, which cannot be read.");
    };
    expect(keyStatus(annotator, read)).toEqual({
      ok: false,
      fault: "MY_KEY_FILE names /x, which cannot be read.",
    });
  });

  test("that only the caller has is said by name, with the way out", () => {
    expect(keyOnlyWithCaller("m", "MY_KEY")).toMatch(
      /^MY_KEY is set here but not in the running system.*assay up/,
    );
  });
});
