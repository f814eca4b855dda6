"""From the bytes of an untrusted image file to the pixels that a model takes."""

import contextlib
from io import BytesIO

import numpy as np

# Registers itself; Pillow would import all its forty parsers to find one for WebP.
from PIL import (
    Image,
    ImageOps,
    WebPImagePlugin,  # noqa: F401
)

FORMATS = ("JPEG", "PNG", "WEBP")
MEDIA_TYPES = ("image/jpeg", "image/png", "image/webp")
INTERPOLATIONS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


class ImageError(ValueError):
    """The image can't be used; the message says why. `status` is the HTTP status that fits."""

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.status = status


def decode(
    data: bytes,
    size: int,
    crop: float = 1.0,
    interpolation: str = "bicubic",
    max_pixels: int = 25_000_000,
) -> np.ndarray:
    """Return the centre square of an image file as RGB pixels: uint8 [1, size, size, 3].

    The square has `crop` (0 to 1) of the shorter side. The first frame of an animation counts, Exif
    orientation is honoured, transparency shows white, 16 bits become 8, colour profiles are ignored.
    The format is known by content, never by name. Raises ImageError: 415 for another format than
    `FORMATS`, 413 above `max_pixels` (told from the header, before decoding), else 422.
    """
    if not data:
        raise ImageError("The image is empty.")
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise too_large(width, height, max_pixels)
            pixels = np.asarray(square(image, size, crop, INTERPOLATIONS[interpolation]))
    except Image.DecompressionBombError:
        raise ImageError(f"The image has more than {max_pixels:,} pixels.", 413) from None
    except ImageError:
        raise
    except Image.UnidentifiedImageError:
        raise ImageError(f"This is no {', '.join(FORMATS)} image.", 415) from None
    except Exception as error:  # parsers of hostile bytes raise whatever they meet
        raise ImageError(f"The image is broken: {error}.") from error
    return pixels[np.newaxis]


def too_large(width: int, height: int, max_pixels: int) -> ImageError:
    """Return the error for a header that announces too many pixels."""
    return ImageError(
        f"The image has {width} x {height} pixels; at most {max_pixels:,} are taken.", 413
    )


def square(
    image: Image.Image, size: int, crop: float, interpolation: Image.Resampling
) -> Image.Image:
    """Return the centre square of an open image, decoded at reduced size where that is faster."""
    # libjpeg can leave out high frequencies: 8 times as fast for a photo of a telephone.
    scale = size / (crop * min(image.size))
    image.draft("RGB", (int(image.width * scale) + 1, int(image.height * scale) + 1))
    image = plain(image)
    width, height = image.size
    side = crop * min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    box = (left, top, left + side, top + side)
    image = image.resize((size, size), interpolation, box, reducing_gap=2.0)
    # As the camera was held: a centre square turns after the crop as well as before.
    with contextlib.suppress(Exception):  # broken Exif data must not spoil a whole image
        ImageOps.exif_transpose(image, in_place=True)
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def plain(image: Image.Image) -> Image.Image:
    """Return the image in a mode that can be resized well: L, RGB or RGBA."""
    seen_through = image.has_transparency_data  # PNG may name one colour that is
    if image.mode == "RGBA" or (image.mode in ("L", "RGB") and not seen_through):
        return image
    if image.mode.startswith("I"):  # 16 bits of grey; a plain conversion would clip them
        grey = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        grey.info = image.info  # its orientation
        return grey
    return image.convert("RGBA" if seen_through else "RGB")
