import { expect, test } from "vitest";
import { terminalPicture } from "./svg.ts";

/** The runs that are drawn, row by row from the top, with their positions and styles. */
function rows(svg: string): { x: number; class: string; text: string }[][] {
  return [...svg.matchAll(/<text xml:space="preserve"[^>]*>(.*?)<\/text>/g)].map(([, row]) =>
    [...row!.matchAll(/<tspan x="([\d.]+)"(?: class="([^"]*)")?>(.*?)<\/tspan>/g)].map(
      ([, x, look, text]) => ({
        x: Number(x),
        class: look ?? "",
        text: text!,
      }),
    ),
  );
}
const texts = (svg: string): string[] => rows(svg).map((row) => row.map(({ text }) => text).join(" "));

test("codes become classes, blanks become positions", () => {
  const [first, second] = rows(
    terminalPicture("\u001b[1mA\u001b[0m b\n   \u001b[2;32m✓\u001b[0m  fine\n\n", "t"),
  );
  expect(first).toEqual([
    { x: 20, class: "c1", text: "A" },
    { x: 36.8, class: "", text: "b" },
  ]);
  expect(second).toEqual([
    { x: 45.2, class: "c2 c32", text: "✓" },
    { x: 70.4, class: "", text: "fine" },
  ]);
});

test("an empty line takes up a row", () => {
  const height = (text: string): number => Number(/height="(\d+)"/.exec(terminalPicture(text, "t"))![1]);
  expect(height("a\n\nb") - height("a\nb")).toBe(19);
});

test("longer output scrolls through the window to the last line", () => {
  const lines = (count: number): string => terminalPicture(Array(count).fill("line").join("\n"), "t");
  const height = (count: number): string => /height="(\d+)"/.exec(lines(count))![1]!;
  expect(height(100)).toBe(height(34));
  expect(lines(34)).not.toContain("animation");
  expect(lines(100)).toContain(`translateY(-${66 * 19}px)`);
  expect(texts(lines(100))).toHaveLength(100);
});

test("the picture is well-formed whatever the text", () => {
  const svg = terminalPicture(`<a href="&">\u0007</a> & 'b' 🌍`, "<title>");
  expect(texts(svg)).toEqual(["&lt;a href=&quot;&amp;&quot;&gt;�&lt;/a&gt; &amp; 'b' 🌍"]);
  expect(svg).toContain("<title>&lt;title&gt;</title>");
});

test("long lines wrap, between words if possible", () => {
  const words = `  ${"seven77 ".repeat(20)}`;
  expect(texts(terminalPicture(words, "t"))).toEqual([
    "seven77 ".repeat(12).trim(),
    "seven77 ".repeat(8).trim(),
  ]);
  const [first, second] = rows(terminalPicture(`   \u001b[36m${"x".repeat(150)}\u001b[0m`, "t"));
  expect([first![0]!.text.length, second![0]!.text.length]).toEqual([101, 49]);
  expect(second![0]).toMatchObject({ class: "c36", x: 20 + 5 * 8.4 });
  expect(texts(terminalPicture(`${" ".repeat(120)}far`, "t"))).toEqual(["far"]);
});
