// Writes the reference of docs/command.md from the commands themselves: npm run reference.
import { readFileSync, writeFileSync } from "node:fs";
import { withReference } from "../cli/flags/reference.ts";
import { buildProgram } from "../cli/program.ts";

const PAGE = "docs/command.md";

writeFileSync(PAGE, withReference(readFileSync(PAGE, "utf8"), buildProgram([])));
console.log(`${PAGE} has every command and flag.`);
