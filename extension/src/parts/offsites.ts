// Sites that a person has switched off, by the names of their hosts: `youtube.com` means www.youtube.com too. Pure.

export function isOff(address: string, offSites: readonly string[]): boolean {
  const host = URL.canParse(address) ? new URL(address).hostname : "";
  return offSites.some((site) => host === site || host.endsWith(`.${site}`));
}
