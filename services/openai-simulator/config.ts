import { z } from "zod";
import { inheritedEnvironment, readConfig } from "../../shared/runtime/process/config.ts";
import { SimulatorOptions } from "./options.ts";

type Read = (text: string) => unknown;

const text: Read = (value) => value;
const number: Read = Number;
const flag: Read = (value) => ({ "1": true, "0": false })[value] ?? value;
const list = (value: string) => value.split(",").map((one) => one.trim());
/** `500=0.05,reset=0.02`. */
const shares: Read = (value) =>
  Object.fromEntries(pairs(value).map(([kind, share]) => [kind, Number(share || Number.NaN)]));
/** `MARKER=fault,MARKER=fault`. */
const rules: Read = (value) => pairs(value).map(([marker, fault]) => ({ marker, fault }));

function pairs(value: string): [string, string][] {
  return list(value).map((pair) => {
    const split = pair.lastIndexOf("=");
    return [pair.slice(0, split).trim(), pair.slice(split + 1).trim()];
  });
}

/** A variable that is an option: read from its text, then held against the option's own schema and default. */
function option<Schema extends z.ZodType>(schema: Schema, read: Read = text) {
  return z.preprocess((value) => (typeof value === "string" ? read(value) : value), schema);
}

const { shape } = SimulatorOptions;

/** The environment of the service. docs/simulator.md says what each variable means. */
export const SimulatorConfig = z.object({
  ASSAY_HTTP_HOST: z.string().default("127.0.0.1"),
  ASSAY_LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  ASSAY_SUPERVISED: option(z.boolean().default(false), flag),
  ASSAY_SIMULATOR_PORT: option(z.int().min(0).max(65_535), number),
  ASSAY_SIMULATOR_PORT_FILE: z.string().optional(),
  ASSAY_SIMULATOR_API_KEYS: option(shape.apiKeys, list),
  ASSAY_SIMULATOR_MODELS: option(shape.models, list),
  ASSAY_SIMULATOR_REQUESTS_PER_MINUTE: option(shape.requestsPerMinute, number),
  ASSAY_SIMULATOR_TOKENS_PER_MINUTE: option(shape.tokensPerMinute, number),
  ASSAY_SIMULATOR_BURST_SECONDS: option(shape.burstSeconds, number),
  ASSAY_SIMULATOR_CHARGES: option(shape.charges),
  ASSAY_SIMULATOR_RATE_HEADERS: option(shape.rateHeaders, flag),
  ASSAY_SIMULATOR_TOKENIZER: option(shape.tokenizer),
  ASSAY_SIMULATOR_ANSWERS: option(shape.answers),
  ASSAY_SIMULATOR_ANSWER_TOKENS: option(shape.answerTokens),
  ASSAY_SIMULATOR_LATENCY: option(shape.latency),
  ASSAY_SIMULATOR_FAULTS: option(shape.faults, shares),
  ASSAY_SIMULATOR_FAULT_DRAW: option(shape.faultDraw),
  ASSAY_SIMULATOR_SEED: option(shape.seed, number),
  ASSAY_SIMULATOR_POISON: option(shape.poison, rules),
  ASSAY_SIMULATOR_QUOTA_CALLS: option(shape.quotaCalls, number),
  ASSAY_SIMULATOR_CONTEXT_TOKENS: option(shape.contextTokens, number),
  ASSAY_SIMULATOR_ALLOW_UNKNOWN_PARAMETERS: option(shape.allowUnknownParameters, flag),
  ASSAY_SIMULATOR_CALL_HEADER: option(shape.callHeader),
  ASSAY_SIMULATOR_BATCH_SPEED: option(shape.batchSpeed, number),
  ASSAY_SIMULATOR_BATCH_VALIDATION: option(shape.batchValidation),
  ASSAY_SIMULATOR_BATCH_DURATION: option(shape.batchDuration),
  ASSAY_SIMULATOR_BATCH_IDLE: option(shape.batchIdle, number),
  ASSAY_SIMULATOR_BATCH_FINALIZING: option(shape.batchFinalizing),
  ASSAY_SIMULATOR_BATCH_CANCELLING: option(shape.batchCancelling),
  ASSAY_SIMULATOR_BATCH_WINDOW_SECONDS: option(shape.batchWindowSeconds, number),
  ASSAY_SIMULATOR_BATCH_EXPIRING: option(shape.batchExpiring, number),
  ASSAY_SIMULATOR_BATCH_FAULTS: option(shape.batchFaults, shares),
  ASSAY_SIMULATOR_BATCH_ENQUEUED_TOKENS: option(shape.batchEnqueuedTokens, number),
  ASSAY_SIMULATOR_BATCH_MAX_REQUESTS: option(shape.batchMaxRequests, number),
  ASSAY_SIMULATOR_BATCH_MAX_BYTES: option(shape.batchMaxBytes, number),
  ASSAY_SIMULATOR_BATCH_LIST_DELAY: option(shape.batchListDelay),
  ASSAY_SIMULATOR_BATCH_CALL_ID: option(shape.batchCallId),
  ASSAY_SIMULATOR_BATCH_KEYS: option(shape.batchKeys, list),
  ASSAY_SIMULATOR_BATCH_REQUESTS_PER_MINUTE: option(shape.batchRequestsPerMinute, number),
  ASSAY_SIMULATOR_UPLOAD_BYTES_PER_SECOND: option(shape.uploadBytesPerSecond, number),
  ASSAY_SIMULATOR_UPLOAD_FAULTS: option(shape.uploadFaults, shares),
  ASSAY_SIMULATOR_CREATE_FAULTS: option(shape.createFaults, shares),
  ASSAY_SIMULATOR_READ_FAULTS: option(shape.readFaults, shares),
});

export type SimulatorConfig = z.infer<typeof SimulatorConfig>;

/**
 * Reads the environment.
 * @throws UserError that names every wrong variable.
 */
export function readSimulatorConfig(environment = inheritedEnvironment()): SimulatorConfig {
  // The port is given its default here, since PORT_FILE is where it is written to, not a file that holds it.
  return readConfig(SimulatorConfig, {
    ...environment,
    ASSAY_SIMULATOR_PORT: environment.ASSAY_SIMULATOR_PORT || "0",
    ASSAY_SIMULATOR_PORT_FILE: environment.ASSAY_SIMULATOR_PORT_FILE,
  });
}

/** The options among the variables. */
export function optionsOf(config: SimulatorConfig): SimulatorOptions {
  return {
    apiKeys: config.ASSAY_SIMULATOR_API_KEYS,
    models: config.ASSAY_SIMULATOR_MODELS,
    requestsPerMinute: config.ASSAY_SIMULATOR_REQUESTS_PER_MINUTE,
    tokensPerMinute: config.ASSAY_SIMULATOR_TOKENS_PER_MINUTE,
    burstSeconds: config.ASSAY_SIMULATOR_BURST_SECONDS,
    charges: config.ASSAY_SIMULATOR_CHARGES,
    rateHeaders: config.ASSAY_SIMULATOR_RATE_HEADERS,
    tokenizer: config.ASSAY_SIMULATOR_TOKENIZER,
    answers: config.ASSAY_SIMULATOR_ANSWERS,
    answerTokens: config.ASSAY_SIMULATOR_ANSWER_TOKENS,
    latency: config.ASSAY_SIMULATOR_LATENCY,
    faults: config.ASSAY_SIMULATOR_FAULTS,
    faultDraw: config.ASSAY_SIMULATOR_FAULT_DRAW,
    seed: config.ASSAY_SIMULATOR_SEED,
    poison: config.ASSAY_SIMULATOR_POISON,
    quotaCalls: config.ASSAY_SIMULATOR_QUOTA_CALLS,
    contextTokens: config.ASSAY_SIMULATOR_CONTEXT_TOKENS,
    allowUnknownParameters: config.ASSAY_SIMULATOR_ALLOW_UNKNOWN_PARAMETERS,
    callHeader: config.ASSAY_SIMULATOR_CALL_HEADER,
    batchSpeed: config.ASSAY_SIMULATOR_BATCH_SPEED,
    batchValidation: config.ASSAY_SIMULATOR_BATCH_VALIDATION,
    batchDuration: config.ASSAY_SIMULATOR_BATCH_DURATION,
    batchIdle: config.ASSAY_SIMULATOR_BATCH_IDLE,
    batchFinalizing: config.ASSAY_SIMULATOR_BATCH_FINALIZING,
    batchCancelling: config.ASSAY_SIMULATOR_BATCH_CANCELLING,
    batchWindowSeconds: config.ASSAY_SIMULATOR_BATCH_WINDOW_SECONDS,
    batchExpiring: config.ASSAY_SIMULATOR_BATCH_EXPIRING,
    batchFaults: config.ASSAY_SIMULATOR_BATCH_FAULTS,
    batchEnqueuedTokens: config.ASSAY_SIMULATOR_BATCH_ENQUEUED_TOKENS,
    batchMaxRequests: config.ASSAY_SIMULATOR_BATCH_MAX_REQUESTS,
    batchMaxBytes: config.ASSAY_SIMULATOR_BATCH_MAX_BYTES,
    batchListDelay: config.ASSAY_SIMULATOR_BATCH_LIST_DELAY,
    batchCallId: config.ASSAY_SIMULATOR_BATCH_CALL_ID,
    batchKeys: config.ASSAY_SIMULATOR_BATCH_KEYS,
    batchRequestsPerMinute: config.ASSAY_SIMULATOR_BATCH_REQUESTS_PER_MINUTE,
    uploadBytesPerSecond: config.ASSAY_SIMULATOR_UPLOAD_BYTES_PER_SECOND,
    uploadFaults: config.ASSAY_SIMULATOR_UPLOAD_FAULTS,
    createFaults: config.ASSAY_SIMULATOR_CREATE_FAULTS,
    readFaults: config.ASSAY_SIMULATOR_READ_FAULTS,
  };
}
