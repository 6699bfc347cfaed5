// A photo as the phone took it becomes a JPEG of at most 200 kB. Drawing it anew leaves out what the
// camera wrote beside the picture, the place above all.

const MOST = 200_000; // bytes
const LONG_SIDES = [1600, 1280, 1024, 800, 640, 480];
const QUALITIES = [0.82, 0.7, 0.55];
const THUMBNAIL = 96;

export interface Shrunk {
  bytes: ArrayBuffer;
  thumbnail: string;
}

/** Throws when the file is no picture that this browser can read. */
export async function shrink(file: Blob): Promise<Shrunk> {
  const picture = await read(file);
  const small = draw(picture, THUMBNAIL);
  const thumbnail = small.toDataURL("image/jpeg", 0.6);
  for (const side of LONG_SIDES) {
    const canvas = draw(picture, side);
    for (const quality of QUALITIES) {
      const blob = await new Promise<Blob | null>((done) =>
        canvas.toBlob(done, "image/jpeg", quality),
      );
      if (!blob) throw new Error("the canvas gave no picture");
      if (blob.size <= MOST) return { bytes: await blob.arrayBuffer(), thumbnail };
    }
  }
  throw new Error("still too large");
}

type Picture = ImageBitmap | HTMLImageElement;

async function read(file: Blob): Promise<Picture> {
  if ("createImageBitmap" in globalThis) {
    try {
      return await createImageBitmap(file, { imageOrientation: "from-image" });
    } catch {
      // Some browsers do not know the option, or not this kind of file; an <img> may.
    }
  }
  const address = await new Promise<string>((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => failed(new Error("unreadable"));
    reader.readAsDataURL(file);
  });
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}

function draw(picture: Picture, side: number): HTMLCanvasElement {
  const factor = Math.min(1, side / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * factor));
  canvas.height = Math.max(1, Math.round(picture.height * factor));
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no canvas");
  // A picture with a clear ground would else become black.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}
