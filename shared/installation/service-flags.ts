/**
 * Node's own arguments for a service's process. Without them V8 sizes its heap by the machine's memory: the garbage of
 * some hundred MB stays uncollected where 30 MB are alive. With them a coordinator or dispatcher stays near 200 MiB
 * however long its jobs are; the limit of the heap is far above that, for chunks of very large rows.
 *
 * And code is compiled, if plainly, when it is first run, instead of interpreted for a while: a service's first job is a
 * few per cent faster for it.
 */
export const SERVICE_FLAGS = [
  "--min-semi-space-size=16",
  "--max-semi-space-size=16",
  "--max-old-space-size=512",
  "--always-sparkplug",
];

/**
 * The same for glibc: of the buffers that threads free, less stays with the process. The thresholds (bytes) are fixed, since
 * glibc else raises them with each large buffer that is freed, and keeps what lies below them. A chunk of rows is above:
 * in the gaps that freed chunks leave between others a coordinator's memory grew by 40 MiB over a million rows.
 */
export const SERVICE_ENVIRONMENT = {
  MALLOC_ARENA_MAX: "2",
  MALLOC_TRIM_THRESHOLD_: "1048576",
  MALLOC_MMAP_THRESHOLD_: "65536",
};
