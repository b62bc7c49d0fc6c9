/**
 * Whether an answer may go there. Who asks names the subject of the answer, and the broker does not check whether he might
 * publish to it: without this check a client had the coordinator write its answers into a bucket.
 */
export function isInbox(reply: string): boolean {
  return reply.startsWith("_INBOX.") || reply.startsWith("_INBOX_");
}
