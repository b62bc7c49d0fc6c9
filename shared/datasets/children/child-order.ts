import { spawn } from "node:child_process";
import { writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { z } from "zod";
import { messageOf, UserError } from "../../errors.ts";
import { watchMemory } from "./child-memory.ts";

/**
 * Work in a process of its own, so that neither its memory nor its pauses are those of whoever wants it. A child takes one
 * order, as JSON in the file of its first argument or on stdin (a token must not stand in a command line), and answers
 * in JSON lines on stdout: {"progress"} any number of times, then {"done"} or {"error"}.
 */
interface Said<Progress> {
  progress?: Progress;
  done?: unknown;
  error?: string;
  exitCode?: 2 | 3;
}

/** What the parent is told and may do meanwhile. */
export interface OrderOptions<Progress> {
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Ends the process; what it had written so far is for nobody. */
  signal?: AbortSignal | undefined;
  /** Milliseconds that the process has to end by itself, and clear away what it was writing; none unless given. */
  graceMs?: number | undefined;
}

/**
 * Has a child carry out an order. @param module path of its module (moduleBeside) @param what begins the sentence for a child that dies
 * @returns what the child gave back
 * @throws UserError in the child's words; the signal's reason if it was aborted
 */
export async function orderOf<Progress>(
  module: string,
  order: unknown,
  what: string,
  options: OrderOptions<Progress> = {},
): Promise<unknown> {
  options.signal?.throwIfAborted();
  const child = spawn(process.execPath, [module], { stdio: ["pipe", "pipe", "pipe"] });
  const abort = () => {
    child.kill(options.graceMs === undefined ? "SIGKILL" : "SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), options.graceMs).unref();
  };
  options.signal?.addEventListener("abort", abort, { once: true });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const complaint = lastWords(child.stderr);
  child.stdin.on("error", () => {}); // Its end tells more than that it does not read.
  child.stdin.end(JSON.stringify(order));
  try {
    let last: Said<Progress> = {};
    for await (const line of createInterface({ input: child.stdout })) {
      last = JSON.parse(line) as Said<Progress>;
      if (last.progress) options.onProgress?.(last.progress);
    }
    const how = await ended;
    options.signal?.throwIfAborted();
    if (last.done !== undefined) return last.done;
    const sentence = last.error ?? `${what}: its process ended by ${how}${complaint()}.`;
    throw new UserError(sentence, { exitCode: last.exitCode ?? 3 });
  } finally {
    options.signal?.removeEventListener("abort", abort);
    child.kill("SIGKILL");
  }
}

/** The whole life of a child: reads its order, carries it out, answers. @param what as for `orderOf` */
export async function carryOutOrder<Order>(
  schema: z.ZodType<Order>,
  what: string,
  work: (order: Order, onProgress: (progress: unknown) => void) => Promise<unknown>,
): Promise<void> {
  const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`);
  // Nobody reads any more: who wanted it is gone.
  process.stdout.on("error", () => process.exit(3));
  watchMemory((allowed) => {
    const gigabytes = (allowed / 1e9).toFixed(1);
    const error = `${what}: its rows take more than ${gigabytes} GB of memory at once: shorten the longest, or split the file.`;
    // Not by way of a stream: this process is ended before it takes more.
    writeSync(1, `${JSON.stringify({ error, exitCode: 2 })}\n`);
    process.kill(process.pid, "SIGKILL");
  });
  try {
    const [, , file] = process.argv;
    const order = schema.parse(JSON.parse(await (file ? readFile(file, "utf8") : text(process.stdin))));
    say({ done: await work(order, (progress) => say({ progress })) });
  } catch (error) {
    const exitCode = error instanceof UserError ? error.exitCode : 3;
    say({ error: error instanceof UserError ? error.message : `${what}: ${messageOf(error)}.`, exitCode });
    process.exitCode = exitCode;
  }
}

/** Keeps the end of what a process writes to stderr, for the case that it dies of something unforeseen. */
function lastWords(stream: NodeJS.ReadableStream): () => string {
  let words = "";
  stream.on("data", (chunk) => {
    words = (words + String(chunk)).slice(-500);
  });
  return () => (words.trim() === "" ? "" : ` (${words.trim().replace(/\s+/g, " ")})`);
}
