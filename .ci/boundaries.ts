// Checks which module imports which (.dependency-cruiser.mjs) and who reads the environment. Prints what is wrong and
// exits 1; a check that saw fewer modules than there are files is wrong too, since it would pass whatever they import.
import { globSync, readFileSync } from "node:fs";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import config from "../.dependency-cruiser.mjs";

const FOLDERS = ["services", "shared", "tools", "cli", "bench", "test"];
const ENVIRONMENT_READER = "shared/runtime/process/config.ts";

const files = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.ts`)).sort();
const { output } = await cruise(
  FOLDERS.filter((folder) => files.some((file) => file.startsWith(`${folder}/`))),
  { ...config.options, ruleSet: { forbidden: config.forbidden }, validate: true },
);
const result = output as ICruiseResult;

const faults = [...forbiddenImports(), ...unseenFiles(), ...environmentReaders()];
for (const fault of faults) console.error(fault);
console.log(
  faults.length === 0
    ? `Boundaries: ${files.length} modules, no import that is not allowed.`
    : `Boundaries: ${faults.length} faults in ${files.length} modules.`,
);
process.exitCode = faults.length === 0 ? 0 : 1;

function forbiddenImports(): string[] {
  return result.summary.violations.map(({ from, to, rule, cycle }) => {
    const way = cycle ? cycle.map((step) => step.name).join(" -> ") : to;
    const why = config.forbidden.find(({ name }) => name === rule.name)?.comment;
    return `${from} -> ${way}: ${rule.name}. ${why}`;
  });
}

function unseenFiles(): string[] {
  const seen = new Set(result.modules.map((module) => module.source));
  const unseen = files.filter((file) => !seen.has(file));
  if (files.length === 0) return ["No modules were found: is this the root of the project?"];
  return unseen.map((file) => `${file}: not seen by dependency-cruiser, so that its imports are unchecked.`);
}

function environmentReaders(): string[] {
  const shipped = files.filter(
    (file) => /^(services|shared|tools|cli)\//.test(file) && file !== ENVIRONMENT_READER,
  );
  return shipped
    .filter((file) => /\bprocess\.env\b|\benv\b.* from "node:process"/.test(readFileSync(file, "utf8")))
    .map((file) => `${file}: reads the environment; only ${ENVIRONMENT_READER} does (readConfig).`);
}
