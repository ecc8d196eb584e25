// The trees of a page in which a video may be: the document, frames of the same origin, and open shadow roots. The
// work is bounded: a page of any size costs the same at most.

const MAX_ROOTS = 24;
const MAX_VISITED = 6000; // elements looked at for a shadow root

export type Root = Document | ShadowRoot;

/** All videos of the page, with the trees they were looked for in. */
export interface Found {
  readonly videos: readonly HTMLVideoElement[];
  readonly roots: readonly Root[];
}

/** Shadow roots are searched only where the documents show no video: few pages hide theirs there. */
export function searchPage(page: Document): Found {
  const documents = withFrames(page);
  const videos = documents.flatMap(videosIn);
  if (videos.length > 0) return { videos, roots: documents };
  const shadows = documents.flatMap(shadowsIn).slice(0, MAX_ROOTS);
  return { videos: shadows.flatMap(videosIn), roots: [...documents, ...shadows] };
}

function videosIn(root: Root): readonly HTMLVideoElement[] {
  return Array.from(root.querySelectorAll("video"));
}

function withFrames(page: Document): readonly Document[] {
  const found = [page];
  for (const document of found) {
    for (const frame of Array.from(document.querySelectorAll("iframe"))) {
      const inside = found.length < MAX_ROOTS ? documentOf(frame) : null;
      if (inside !== null) found.push(inside);
    }
  }
  return found;
}

/** null where the frame belongs to another origin. */
function documentOf(frame: HTMLIFrameElement): Document | null {
  try {
    return frame.contentDocument;
  } catch {
    return null;
  }
}

function shadowsIn(document: Document): readonly ShadowRoot[] {
  const found: ShadowRoot[] = [];
  const trees: Node[] = [document];
  let left = MAX_VISITED;
  for (const tree of trees) {
    const walker = document.createTreeWalker(tree, NodeFilter.SHOW_ELEMENT);
    for (let node = walker.nextNode(); node !== null && left > 0; node = walker.nextNode(), left--) {
      const shadow = (node as Element).shadowRoot;
      if (shadow === null) continue;
      found.push(shadow);
      trees.push(shadow);
    }
  }
  return found;
}
