import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { EXIT, UserError } from "../../shared/errors.ts";
import { anyOf } from "../../shared/words/any-of.ts";
import { nearestNames } from "../../shared/words/nearest-names.ts";
import { readCliConfig } from "../config.ts";
import type { AssayCommand } from "../flags/command-line.ts";
import { homeAt } from "../supervisor/home.ts";
import { readLogLine, timeOfDay } from "../view/log-line.ts";
import { print } from "../view/terminal.ts";

const FOLLOW_EVERY_MS = 200;
const TIME_WIDTH = "00:00:00.000".length;
const PIECE_BYTES = 64 * 1024;

export function addLogs(program: AssayCommand): void {
  program
    .command("logs")
    .summary("show the services' logs")
    .description("Shows the last lines of the logs of all services, or of one, in the order of time.")
    .argument("[service]", "a service or one replica of it, such as dispatcher, dispatcher-0, nats")
    .option("--follow", "go on showing what is written")
    .option("--lines <number>", "so many last lines of each", "20")
    .option("--json", "the lines as they stand in the files, most of them JSON")
    .action(async (service: string | undefined, flags: LogsFlags) => {
      const lines = Number(flags.lines);
      if (!Number.isInteger(lines) || lines < 0) {
        throw new UserError(`--lines is ${JSON.stringify(flags.lines)}: give a whole number from 0.`);
      }
      const { home, natsUrl } = readCliConfig();
      const files = logsOf(homeAt(home).logs, service, natsUrl !== undefined);
      const width = Math.max(...files.map(({ replica }) => replica.length));
      const show = (replica: string, line: string) =>
        print(flags.json ? line : readable(replica.padEnd(width), line));
      const last = files.map(({ replica, path }) => ({ replica, lines: lastLines(path, lines) }));
      for (const { replica, line } of inOrderOfTime(last)) show(replica, line);
      if (flags.follow)
        await Promise.all(files.map((file) => follow(file, (line) => show(file.replica, line))));
    });
}

interface LogsFlags {
  follow?: boolean;
  json?: boolean;
  lines: string;
}

function readable(replica: string, line: string): string {
  const { atMs, text } = readLogLine(line);
  return `${atMs === undefined ? " ".repeat(TIME_WIDTH) : timeOfDay(atMs)} ${replica} | ${text}`;
}

/** A line that does not say its time stays behind the one before it. */
function inOrderOfTime(files: { replica: string; lines: string[] }[]): { replica: string; line: string }[] {
  const all = files.flatMap(({ replica, lines }) => {
    let atMs = 0;
    return lines.map((line) => {
      atMs = readLogLine(line).atMs ?? atMs;
      return { replica, line, atMs };
    });
  });
  return all.toSorted((a, b) => a.atMs - b.atMs);
}

interface LogFile {
  replica: string;
  path: string;
}

/** @param elsewhere the other commands talk to a system that does not run here */
function logsOf(folder: string, service: string | undefined, elsewhere: boolean): LogFile[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".log")) : [];
  const replicas = names.map((name) => name.slice(0, -".log".length)).sort();
  if (replicas.length === 0) {
    const who = elsewhere
      ? "services of the system that ASSAY_NATS_URL names write theirs where they run"
      : "`assay up` writes them";
    throw new UserError(`There are no logs in ${folder}: ${who}.`, { exitCode: EXIT.couldNotRun });
  }
  const chosen = replicas.filter(
    (replica) => !service || replica === service || replica.replace(/-\d+$/, "") === service,
  );
  if (chosen.length > 0) return chosen.map((replica) => ({ replica, path: join(folder, `${replica}.log`) }));
  const near = nearestNames(service!, replicas);
  throw new UserError(
    `There is no log of ${service}: ${near.length > 0 ? `did you mean ${anyOf(near)}?` : `there are ${replicas.join(", ")}.`}`,
  );
}

/** Reads backwards, so that a large log costs no more than what is shown of it. */
function lastLines(path: string, count: number): string[] {
  const file = openSync(path, "r");
  try {
    let from = statSync(path).size;
    let bytes = Buffer.alloc(0);
    while (from > 0 && bytes.filter((byte) => byte === 0x0a).length <= count) {
      const piece = Buffer.alloc(Math.min(PIECE_BYTES, from));
      from -= piece.length;
      readSync(file, piece, 0, piece.length, from);
      bytes = Buffer.concat([piece, bytes]);
    }
    const lines = bytes.toString("utf8").split("\n");
    if (lines.at(-1) === "") lines.pop();
    return count === 0 ? [] : lines.slice(-count);
  } finally {
    closeSync(file);
  }
}

async function follow(log: LogFile, showLine: (line: string) => void): Promise<never> {
  let from = statSync(log.path).size;
  let decoder = new StringDecoder("utf8");
  let rest = "";
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, FOLLOW_EVERY_MS));
    const size = statSync(log.path, { throwIfNoEntry: false })?.size ?? 0;
    if (size < from) {
      // The log was rotated: what is there now is new.
      from = 0;
      decoder = new StringDecoder("utf8");
      rest = "";
    }
    if (size === from) continue;
    const bytes = Buffer.alloc(size - from);
    const file = openSync(log.path, "r");
    from += readSync(file, bytes, 0, bytes.length, from);
    closeSync(file);
    const lines = (rest + decoder.write(bytes)).split("\n");
    rest = lines.pop()!;
    for (const line of lines) showLine(line);
  }
}
