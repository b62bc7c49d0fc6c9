import { readFileSync } from "node:fs";
import type { z } from "zod";
import { UserError } from "../../errors.ts";

/**
 * Reads the environment once through a schema whose keys are variable names. A variable NAME may be given as NAME_FILE,
 * the path of a file that holds the value (secrets mounted by an orchestrator).
 * @throws UserError that names every wrong variable at once (exit code 2).
 */
export function readConfig<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Record<string, string | undefined> = process.env,
): z.infer<Schema> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, readVariable(name, environment)]),
  );
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => {
    const name = issue.path.join(".");
    return `${name}: ${saidOf(issue, given[name])}`;
  });
  throw new UserError(`Wrong environment: ${faults.join("; ")}. Set these variables and start again.`);
}

/** Where the library's words do not name the value, which then is no secret: a number or one of a few words. */
function saidOf(issue: z.core.$ZodIssue, value: string | undefined): string {
  const shown = JSON.stringify(value);
  if (value !== undefined && issue.code === "invalid_type" && issue.expected === "number")
    return `${shown} is no number`;
  if (value !== undefined && issue.code === "invalid_value")
    return `${shown} is not one of ${issue.values.join(", ")}`;
  return issue.message;
}

/** One variable by its name, or the content of the file that NAME_FILE points to; undefined when unset or empty. */
export function readVariable(
  name: string,
  environment: Record<string, string | undefined> = process.env,
): string | undefined {
  const value = environment[name];
  if (value !== undefined && value !== "") return value;
  const file = environment[`${name}_FILE`];
  if (file === undefined || file === "") return undefined;
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new UserError(
      `${name}_FILE names ${file}, which cannot be read: check the path and its permissions.`,
      {
        cause,
      },
    );
  }
}

const PROXIES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];
/** What runs beside us is never asked for through a proxy. */
const OWN_MACHINE = "localhost,127.0.0.1,::1";

/** Whether the environment names a proxy; then it is made to say so to Node in child processes, too. */
export function shareProxies(): boolean {
  if (!PROXIES.some((name) => process.env[name])) return false;
  const excepted = process.env.no_proxy === undefined ? "NO_PROXY" : "no_proxy";
  process.env[excepted] = [process.env[excepted], OWN_MACHINE].filter(Boolean).join(",");
  process.env.NODE_USE_ENV_PROXY = "1";
  return true;
}

/** The whole environment, for handing on to child processes. */
export function inheritedEnvironment(): Record<string, string | undefined> {
  return { ...process.env };
}
