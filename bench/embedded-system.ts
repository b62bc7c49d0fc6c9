import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../shared/installation/package-root.ts";
import { inheritedEnvironment } from "../shared/runtime/process/config.ts";

/** The command as a user has it, with a home of its own below .assay/. */
export interface AssayCommand {
  /** In the terminal; resolves with the exit code. */
  show(args: string[]): Promise<number>;
  /** What it prints. @throws with its last sentence when it fails */
  output(args: string[]): string;
  /** Ends what runs there and removes what is there. */
  clear(): void;
}

export function assayCommand(home: string, env: Record<string, string>): AssayCommand {
  const folder = join(packageRoot, home);
  const program = join(packageRoot, "cli/assay");
  const options = { cwd: packageRoot, env: { ...inheritedEnvironment(), ...env, ASSAY_HOME: folder } };
  return {
    show: async (args) => {
      const child = spawn(program, args, { ...options, stdio: "inherit" });
      // The terminal's Ctrl-C reaches the command too: it ends in good order, and this after it.
      const wait = () => {};
      process.on("SIGINT", wait);
      const [code] = (await once(child, "exit")) as [number | null];
      process.off("SIGINT", wait);
      return code ?? 3;
    },
    output: (args) => {
      const { status, stdout, stderr } = spawnSync(program, args, { ...options, encoding: "utf8" });
      if (status === 0) return stdout.trim();
      throw new Error(stderr.trim() || `assay ${args.join(" ")} ended with ${status}`);
    },
    clear: () => {
      spawnSync(program, ["down"], { ...options, stdio: "ignore" });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
