import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { loadRegistry } from "../../shared/annotators/registry/registry.ts";
import { routeOf } from "../../shared/annotators/route.ts";

describe("the route of an annotator", () => {
  const base = loadRegistry().resolve("gpt-4o-mini");

  test("is readable and does not depend on the address", () => {
    expect(routeOf(base)).toEqual({
      id: expect.stringMatching(/^openai-gpt-4o-mini-[0-9a-f]{10}$/),
      provider: "openai",
      model: "gpt-4o-mini",
    });
    expect(routeOf({ ...base, baseUrl: "http://127.0.0.1:9/v1", name: "other" })).toEqual(routeOf(base));
  });

  test("differs by provider, key variable and model", () => {
    const ids = [
      base,
      { ...base, provider: "other" },
      { ...base, keyVariable: "OTHER" },
      { ...base, keyVariable: null },
      { ...base, model: "gpt-4o-Mini" },
    ].map((annotator) => routeOf(annotator).id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("is safe in subjects and stream names whatever the names are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (provider, model) => {
        expect(routeOf({ ...base, provider, model }).id).toMatch(/^[a-zA-Z0-9_-]{1,48}$/);
      }),
    );
  });
});
