import { extname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const thisFile = fileURLToPath(import.meta.url);
const built = extname(thisFile) === ".js";

/**
 * Absolute path of the folder that holds package.json, deploy/ and examples/: the same whether this runs from the
 * TypeScript sources or from the JavaScript of an installed package, which lies one folder deeper (dist/).
 */
export const packageRoot: string = resolve(thisFile, built ? "../../../.." : "../../..");

/**
 * Absolute path of the module to start for a source path relative to the package's root:
 * "services/dispatcher/main.ts" is that file in a checkout and dist/services/dispatcher/main.js in an installed package.
 */
export function moduleOf(sourcePath: string): string {
  return built
    ? join(packageRoot, "dist", sourcePath.replace(/\.ts$/, ".js"))
    : join(packageRoot, sourcePath);
}
