import { expect } from "vitest";

const VOID = new Set(["meta", "line", "rect", "circle", "!doctype"]);

/** What every page must be: whole, well-formed, in need of nothing, and readable for those who do not see it. */
export function checkPage(page: string): void {
  expect(page.startsWith("<!doctype html>")).toBe(true);
  expectBalanced(page);
  expect(page).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|url\(|@import|https?:/i);
  expect(page).not.toMatch(/NaN|undefined|\[object/);
  const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id!);
  expect(new Set(ids).size).toBe(ids.length);
  const drawings = page.match(/<svg[^>]*>/g) ?? [];
  for (const drawing of drawings) {
    const labels = /role="img" aria-labelledby="([^"]*)"/.exec(drawing)![1]!.split(" ");
    expect(labels).toHaveLength(2);
    for (const label of labels) expect(ids).toContain(label);
  }
  expect((page.match(/<caption>/g) ?? []).length).toBe((page.match(/<table/g) ?? []).length);
}

function expectBalanced(page: string): void {
  const open: string[] = [];
  for (const [, close, name, selfClosed] of page.matchAll(/<(\/?)([a-zA-Z!][\w]*)[^>]*?(\/?)>/g)) {
    const tag = name!.toLowerCase();
    if (close) expect(open.pop()).toBe(tag);
    else if (!selfClosed && !VOID.has(tag)) open.push(tag);
  }
  expect(open).toEqual([]);
}
