// Keys as events and as words. Pure.

export type Keyish = Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "isComposing">;

/** ⌘ or Ctrl with Enter: post. */
export function isPostKey(event: Keyish): boolean {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.altKey;
}

/** Enter alone: keep; not while an input method is composing. */
export function isKeepKey(event: Keyish & { readonly shiftKey: boolean }): boolean {
  return (
    event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing
  );
}

export function isMac(platform: string): boolean {
  return /mac|iphone|ipad/i.test(platform);
}

/** "Mod+Enter" as the keys that this machine has: ["⌘", "Enter"] or ["Ctrl", "Enter"]. */
export function keyNames(keys: string, mac: boolean): readonly string[] {
  const names: Readonly<Record<string, string>> = mac ? { Mod: "⌘", Alt: "⌥", Shift: "⇧" } : { Mod: "Ctrl" };
  return keys.split("+").map((key) => names[key] ?? key);
}
