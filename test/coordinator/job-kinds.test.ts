import { describe, expect, test } from "vitest";
import { JOB_COMMANDS } from "../../cli/jobs/job-commands.ts";
import {
  JOB_KINDS,
  JOB_STAGES,
  kindNamed,
  resolveMessage,
  rowsKindNamed,
} from "../../services/coordinator/kinds/job-kinds.ts";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";

const kinds = Object.entries(JOB_KINDS);
const context = { registry: loadRegistry(), roots: { folders: ["/data"], closed: [] }, granted: true };

describe("every kind of job", () => {
  test.each(kinds)(
    "%s has parts that load, a command of its own, and a subject that may be published to",
    async (name, kind) => {
      expect(await kind.submit()).toBeTypeOf("function");
      if (kind.makes === "rows") expect(await kind.exporter()).toBeTypeOf("function");
      expect(kinds.filter(([, { command }]) => command === kind.command)).toHaveLength(1);
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(JOB_COMMANDS).toHaveProperty([name]);
    },
  );

  test.each(kinds)("%s refuses an empty message in the sentences of its own fields", async (name) => {
    await expect(resolveMessage(name, {}, context)).rejects.toThrow(/^The field \w+ is missing: /);
  });

  test.each([...JOB_STAGES])(
    "%s as a stage of a pipeline has the fields that name paths among its own",
    (_, stage) => {
      expect(stage.fields).toEqual(expect.arrayContaining([...stage.paths]));
      expect(stage.fields).not.toContain("overwrite");
      const placed = Object.keys(stage.defaults("one", { outputDir: "/out", tempDir: "/temp" }));
      expect(stage.paths).toEqual(expect.arrayContaining(placed));
      expect(rowsKindNamed(stage.kind).placeFlag.slice(2)).toBe(placed[0]);
    },
  );

  test("is named where a message is of none", () => {
    expect(() => kindNamed("dataset-reannotat")).toThrow(
      /publish to jobs\.dataset-reannotate, .* or jobs\.pipeline\.$/,
    );
    expect(() => rowsKindNamed("pipeline")).toThrow("jobs of the kind pipeline have no rows");
  });
});
