/**
 * For `skipIf`: true where what the tests need is not there, which is printed with the reason.
 * @param reason goes on from "skipped: "
 */
export function skipUnless(isThere: boolean, reason: string): boolean {
  if (!isThere) console.log(`skipped: ${reason}`);
  return !isThere;
}
