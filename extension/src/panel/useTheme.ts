// The page in the colours of the settings.

import { useLayoutEffect } from "preact/hooks";
import type { Theme } from "../parts/settings";

export function useTheme(theme: Theme): void {
  useLayoutEffect(() => {
    const root = document.documentElement;
    if (theme === "system") root.removeAttribute("data-theme");
    else root.setAttribute("data-theme", theme);
  }, [theme]);
}
