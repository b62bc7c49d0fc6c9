import { expect, test } from "vitest";
import { moduleBeside } from "../../shared/installation/module-beside.ts";

test("a module that is started as a process is found beside the one that starts it, or missed at once", () => {
  expect(moduleBeside(import.meta.url, "./run-program.ts")).toMatch(/\/test\/tooling\/run-program\.ts$/);
  expect(() => moduleBeside(import.meta.url, "./moved-away.ts")).toThrow(
    /moved-away\.ts is not there, which file:.*module-beside\.test\.ts starts as a process\.$/,
  );
});
