import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { withHyphens } from "../../cli/flags/command-line.ts";
import { buildProgram } from "../../cli/program.ts";

const program = buildProgram([]);
const normal = (...argv: string[]) => withHyphens(argv, program);

describe("both spellings of a flag", () => {
  test("underscores become hyphens, also before an equals sign", () => {
    expect(normal("reannotate", "--max_tokens", "5", "--save_dir=my_dir", "--dry_run")).toEqual([
      "reannotate",
      "--max-tokens",
      "5",
      "--save-dir=my_dir",
      "--dry-run",
    ]);
  });

  test("a value keeps its underscores, even one that looks like a flag", () => {
    expect(normal("--system", "--be_kind", "--top_p", "1")).toEqual([
      "--system",
      "--be_kind",
      "--top-p",
      "1",
    ]);
    expect(normal("--stop=--a_b", "--", "--c_d")).toEqual(["--stop=--a_b", "--", "--c_d"]);
  });

  test("any mixture of the two spellings of all flags is the same command line", () => {
    const flags = program.commands
      .flatMap((command) => [...command.options, ...command.commands.flatMap((one) => one.options)])
      .map((option) => option.long!.slice(2));
    const spelled = fc
      .constantFrom(...flags)
      .chain((flag) =>
        fc.tuple(
          fc.constant(flag),
          fc.array(fc.constantFrom("-", "_"), { minLength: flag.length, maxLength: flag.length }),
        ),
      );
    fc.assert(
      fc.property(spelled, ([flag, marks]) => {
        const typed = [...flag].map((letter, place) => (letter === "-" ? marks[place] : letter)).join("");
        expect(normal(`--${typed}`)).toEqual([`--${flag}`]);
      }),
    );
  });
});

describe("a flag without a value", () => {
  test("may be given True or False, as Python's scripts do, with or without an equals sign", () => {
    expect(normal("reannotate", "--logprobs", "True", "--batch=true", "--n", "2")).toEqual([
      ...["reannotate", "--logprobs", "--batch", "--n", "2"],
    ]);
    expect(normal("--skip_bad_rows", "False", "--logprobs=FALSE", "--seed", "1")).toEqual(["--seed", "1"]);
  });

  test("takes no other word, and what is a value stays one", () => {
    expect(normal("batch", "validate", "--json", "truth.jsonl")).toEqual([
      ...["batch", "validate", "--json", "truth.jsonl"],
    ]);
    expect(normal("--stop", "True", "--system=false")).toEqual(["--stop", "True", "--system=false"]);
  });
});

test.each([
  [
    "reannotate",
    "--batch_size",
    /^assay reannotate has no flag --batch-size: .*--concurrency.*--max_batch_size/,
  ],
  ["generate", "--batch_size", /^assay generate has no flag --batch-size: /],
  ["judge", "--name", /^assay judge has no flag --name: .*assay mix --name/],
])("%s %s of earlier tools is explained", (command, flag, sentence) => {
  const parse = () => buildProgram([]).parse(normal(command, flag, "8"), { from: "user" });
  expect(parse).toThrow(sentence);
});
