import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

// Modules are compiled once a machine, not at every command: halves the time to the first word.
enableCompileCache(join(homedir(), ".cache/assay/compiled"));
// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", () => process.exit());

const { useProxies } = await import("../shared/runtime/process/proxies.ts");
await useProxies();
const { runCommand } = await import("./run-command.ts");
process.exit(await runCommand(process.argv.slice(2)));
