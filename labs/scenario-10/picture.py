"""Read pictures of X (xwd) and of QEMU (PPM), and write PNG, with nothing but the standard library."""

import struct
import sys
import zlib
from pathlib import Path


def from_xwd(data):
    """Width, height and the bytes RGB of a picture that `xwd` took of a display with 24 bits a point."""
    # XWDFile.h: 25 numbers, the window's name, the colours, the points.
    header = struct.unpack(">25I", data[:100])
    width, height, order, bits, row = header[4], header[5], header[7], header[11], header[12]
    if bits != 32:
        raise ValueError(f"expected 32 bits a point, found {bits}")
    points = data[header[0] + header[19] * 12 :]
    red, green, blue = (1, 2, 3) if order else (2, 1, 0)  # order 0: the lowest byte comes first
    lines = [points[line * row : line * row + width * 4] for line in range(height)]
    rgb = bytearray(width * height * 3)
    for position, byte in enumerate((red, green, blue)):
        rgb[position::3] = b"".join(line[byte::4] for line in lines)
    return width, height, bytes(rgb)


def from_ppm(data):
    """The same of a binary PPM, as QEMU's `screendump` writes it."""
    _, size, _, rgb = data.split(b"\n", 3)
    width, height = map(int, size.split())
    return width, height, rgb


def colours(picture):
    """How many different colours there are."""
    rgb = picture[2]
    return len(set(zip(rgb[::3], rgb[1::3], rgb[2::3], strict=True)))


def write_png(path, picture):
    """Write the picture as PNG."""
    width, height, rgb = picture
    rows = b"".join(b"\0" + rgb[line * width * 3 : (line + 1) * width * 3] for line in range(height))
    with Path(path).open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
        for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
            file.write(struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)))


if __name__ == "__main__":
    write_png(sys.argv[1], from_xwd(sys.stdin.buffer.read()))
