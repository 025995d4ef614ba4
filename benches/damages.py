#!/usr/bin/env python3
"""Makes damaged scans and photos of digital PDFs whose forms are known, and a truth for them.

    benches/damages.py TRUTH OUT [--seed 1] [--count 40] [--kinds fax,copier] [--tags xlsx,docx]

TRUTH is a truth.jsonl, a line a file: {"file", "tags", "forms", "alts"}, "file" from the folder that it lies in. OUT gets
the files and a truth.jsonl of the same form, whose tags have `kind:`, what was done to the pages, and `dpi:` besides. The
kinds follow each other in an order that the seed gives, so that each has its turn; the print, the resolution and the
strength are drawn. The same seed gives the same bytes, with the same versions of what is needed.

Lengths are in points of the page, so that a damage is as strong at 150 dots an inch as at 300. All of it is common:
nothing hides a text that a reader could not make out.
Needs numpy, Pillow and the program pdftoppm.
"""
import argparse
import glob
import json
import math
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

PRINTS = "xlsx,docx,html,rl"
MAX_PAGES = 5
DPI = (150, 200, 240, 300)


class Damage:
    """What a kind of damage draws from: chance, and points to pixels."""

    def __init__(self, rng, dpi):
        self.rng, self.dpi = rng, dpi

    def px(self, points):
        return points * self.dpi / 72

    def between(self, low, high):
        return float(self.rng.uniform(low, high))

    def smooth(self, shape, points):
        """Noise from 0 to 1 that changes over about `points`."""
        cell = max(self.px(points), 1.0)
        small = self.rng.random((int(shape[0] / cell) + 3, int(shape[1] / cell) + 3)).astype(np.float32)
        image = Image.fromarray(small).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
        return np.clip(np.asarray(image), 0, 1)


def grey(page):
    return page if page.ndim == 2 else page @ np.float32([0.299, 0.587, 0.114])


def per_channel(page, values):
    return values if page.ndim == 2 else values[..., None]


def to_image(page):
    return Image.fromarray(np.clip(page + 0.5, 0, 255).astype(np.uint8))


def to_page(image):
    return np.asarray(image, dtype=np.float32)


def remap(page, xs, ys, outside):
    """The page looked up at (xs, ys); beyond its edges `outside`, a number or an array of the size of xs."""
    height, width = page.shape[:2]
    x0, y0 = np.floor(xs).astype(np.int32), np.floor(ys).astype(np.int32)
    fx, fy = per_channel(page, (xs - x0).astype(np.float32)), per_channel(page, (ys - y0).astype(np.float32))
    def at(x, y):
        return page[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    out = (at(x0, y0) * (1 - fx) + at(x0 + 1, y0) * fx) * (1 - fy) + (at(x0, y0 + 1) * (1 - fx) + at(x0 + 1, y0 + 1) * fx) * fy
    is_out = per_channel(page, (xs < 0) | (ys < 0) | (xs > width - 1) | (ys > height - 1))
    if not np.isscalar(outside):
        outside = per_channel(page, outside)
    return np.where(is_out, outside, out).astype(np.float32)


def homography(to, of):
    """Where a point of the quadrangle `to` lies in the quadrangle `of`: three rows."""
    rows, values = [], []
    for (x, y), (u, v) in zip(to, of):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.append(np.linalg.solve(np.array(rows), np.array(values)), 1).reshape(3, 3)


def turned(page, degrees, outside=255.0):
    height, width = page.shape[:2]
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    w, h = int(width * abs(cos) + height * abs(sin)), int(height * abs(cos) + width * abs(sin))
    ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
    dx, dy = xs - w / 2, ys - h / 2
    return remap(page, width / 2 + dx * cos - dy * sin, height / 2 + dx * sin + dy * cos, outside)


def blurred(page, pixels):
    return to_page(to_image(page).filter(ImageFilter.GaussianBlur(pixels)))


# ---- what is done to a page: (damage, page as float32 from 0 to 255) -> page

def clean(d, page):
    return page


def skew(d, page):
    return turned(page, d.between(0.5, 3.0) * d.rng.choice([-1, 1]))


def rot90(d, page):
    return np.rot90(page, int(d.rng.choice([1, 3]))).copy()


def rot180(d, page):
    return np.rot90(page, 2).copy()


def light(d, page, low):
    """Light that falls off from one side, and a soft shadow."""
    height, width = page.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = d.between(0, 2 * math.pi)
    along = (xs / width - 0.5) * math.cos(angle) + (ys / height - 0.5) * math.sin(angle)
    factor = 1 - (1 - low) * np.clip(along + 0.5, 0, 1)
    at, soft = d.between(-0.3, 0.3), d.between(0.02, 0.1)
    factor *= 1 - d.between(0.05, 0.25) / (1 + np.exp(-(along - at) / soft))
    return page * per_channel(page, factor)


def photo(d, page, margin=0.02, background=None):
    """Taken at an angle: a perspective, light that falls off, a little blur and grain."""
    height, width = page.shape[:2]
    page = light(d, page, d.between(0.55, 0.8))
    w, h = int(width * (1 + 2 * margin)), int(height * (1 + 2 * margin))
    far = 0.035
    def corner(x, y):
        return (x * width + margin * width + d.between(-far, far) * width, y * height + margin * height + d.between(-far, far) * height)
    to = [corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)]
    m = homography(to, [(0, 0), (width, 0), (width, height), (0, height)])
    ys, xs = np.mgrid[0:h, 0:w].astype(np.float32)
    z = m[2, 0] * xs + m[2, 1] * ys + m[2, 2]
    u, v = (m[0, 0] * xs + m[0, 1] * ys + m[0, 2]) / z, (m[1, 0] * xs + m[1, 1] * ys + m[1, 2]) / z
    if background is None:
        u, v, outside = np.clip(u, 0, width - 1), np.clip(v, 0, height - 1), 0.0
    else:
        outside = background(d, (h, w))
    page = remap(page, u.astype(np.float32), v.astype(np.float32), outside)
    page = blurred(page, d.px(d.between(0.1, 0.25)))
    return page + d.rng.normal(0, d.between(1.5, 4), page.shape).astype(np.float32)


def wood(d, shape):
    base = d.between(25, 90)
    grain = d.smooth((shape[0], max(shape[1] // 24, 2)), 5)
    grain = np.asarray(Image.fromarray(grain).resize((shape[1], shape[0]), Image.Resampling.BILINEAR))
    return base + 30 * grain + 15 * d.smooth(shape, 80)


def table_photo(d, page):
    return photo(d, page, margin=d.between(0.06, 0.12), background=wood)


def curl(d, page):
    height, width = page.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    high = d.px(d.between(6, 16)) * d.rng.choice([-1, 1])
    across = xs / width
    bend = np.sin(across * math.pi * d.between(0.8, 1.6) + d.between(0, 1)) * high * (0.4 + 0.6 * ys / height)
    page = remap(page, xs, ys + bend - bend.mean(), 255.0)
    return page * per_channel(page, 1 - d.between(0.05, 0.2) * np.cos(across * math.pi) ** 2)


def defocus(d, page):
    return blurred(page, d.px(d.between(0.4, 0.62)))


def motion(d, page):
    length, angle = d.px(d.between(1.0, 1.9)), d.between(0, math.pi)
    n = max(int(length * 2), 2)
    ys, xs = np.mgrid[0:page.shape[0], 0:page.shape[1]].astype(np.float32)
    out = np.zeros_like(page)
    for k in range(n):
        along = (k / (n - 1) - 0.5) * length
        out += remap(page, np.clip(xs + along * math.cos(angle), 0, page.shape[1] - 1), np.clip(ys + along * math.sin(angle), 0, page.shape[0] - 1), 255.0)
    return out / n


def noise(d, page):
    page = blurred(page, d.px(0.12)) * d.between(0.85, 0.95) + d.between(5, 15)
    return page + d.rng.normal(0, d.between(10, 26), page.shape).astype(np.float32)


def salt(d, page):
    share = d.between(0.005, 0.025)
    chance = d.rng.random(page.shape[:2])
    page = page.copy()
    page[chance < share] = 0
    page[chance > 1 - share] = 255
    return page


def jpeg(d, page):
    page = blurred(page, d.px(0.1))
    with tempfile.TemporaryFile() as file:
        to_image(page).save(file, "JPEG", quality=int(d.rng.integers(22, 41)))
        return to_page(Image.open(file))


def fax(d, page):
    page = grey(blurred(page, d.px(d.between(0.1, 0.2))))
    page = page + d.rng.normal(0, 8, page.shape).astype(np.float32)
    return np.where(page > d.between(130, 200), 255.0, 0.0).astype(np.float32)


def ordered(d, page):
    """Greys as an ordered pattern of dots, as a copier's photo mode gives them."""
    n = 8
    bayer = np.zeros((1, 1))
    while len(bayer) < n:
        bayer = np.block([[4 * bayer, 4 * bayer + 2], [4 * bayer + 3, 4 * bayer + 1]])
    page = grey(page) * d.between(0.82, 0.93) + d.between(0, 10)
    height, width = page.shape
    tile = np.tile((bayer + 0.5) * 255 / (n * n), (height // n + 1, width // n + 1))[:height, :width]
    return np.where(page > tile, 255.0, 0.0).astype(np.float32)


def diffused(d, page):
    page = grey(page) * d.between(0.82, 0.93) + d.between(0, 10)
    return to_page(to_image(page).convert("1").convert("L"))


def copier(d, page):
    """A copy: a black edge, streaks, dirt, toner that is thin in places."""
    page = turned(grey(page), d.between(-0.8, 0.8))
    height, width = page.shape
    ink = 255 - blurred(page, d.px(0.18))
    ink *= 1 - d.between(0.15, 0.4) * (d.smooth(page.shape, 60) > 0.6) * d.smooth(page.shape, 2)
    page = 255 - np.clip(ink * d.between(1.0, 1.3), 0, 255)
    for _ in range(int(d.rng.integers(1, 5))):
        x, wide = int(d.between(0.02, 0.97) * width), max(int(d.px(d.between(0.3, 0.9))), 1)
        shade = d.between(40, 170)
        fade = np.clip(d.smooth((height, 4), 40)[:, :1] * 2, 0, 1)
        page[:, x:x + wide] = np.minimum(page[:, x:x + wide], 255 - (255 - shade) * fade)
    for side in range(4):
        if d.rng.random() < 0.5:
            page = np.rot90(page).copy()
            deep = d.px(d.between(3, 12)) * (0.5 + d.smooth((page.shape[0], 4), 100)[:, :1])
            page = np.where(np.arange(page.shape[1])[None, :] < deep, 15.0, page)
            page = np.rot90(page, -1).copy()
    image = to_image(page)
    draw = ImageDraw.Draw(image)
    for _ in range(int(d.rng.integers(30, 200))):
        x, y, r = d.between(0, width), d.between(0, height), d.px(d.between(0.2, 0.9))
        draw.ellipse((x - r, y - r * d.between(0.6, 1.4), x + r, y + r), fill=int(d.between(0, 120)))
    return to_page(image)


def copy_of_copy(d, page):
    """Twice through a black and white copier, the second time leaning."""
    page = fax(d, page)
    page = turned(blurred(page, d.px(0.2)), d.between(-1.2, 1.2))
    spots = d.smooth(page.shape, 1.2) > 0.93
    return np.where(spots, 255.0, np.where(page > d.between(110, 170), 255.0, 0.0)).astype(np.float32)


def toner(d, page):
    """Toner that has come off in specks and in bands."""
    ink = 255 - grey(page)
    worn = np.clip(d.smooth(page.shape[:2], 1.2) * 1.6 - 0.5, 0, 1) * np.clip(d.smooth(page.shape[:2], 90) * 1.8 - 0.5, 0, 1)
    return 255 - ink * (1 - 0.75 * worn)


def faint(d, page):
    page = blurred(page, d.px(0.15))
    paper = d.between(225, 250)
    page = paper - (255 - page) * d.between(0.2, 0.38)
    return page + d.rng.normal(0, d.between(1, 4), page.shape).astype(np.float32)


def grey_paper(d, page):
    """Recycled or badly exposed paper: grey, uneven, hardly lighter than the ink."""
    page = blurred(page, d.px(0.12))
    paper = d.between(120, 175) + 20 * d.smooth(page.shape[:2], 70)
    page = per_channel(page, paper) * (0.3 + 0.7 * page / 255)
    return page + d.rng.normal(0, d.between(2, 6), page.shape).astype(np.float32)


def bleed(d, page):
    """The back of the sheet shows through: another print, mirrored, soft and pale."""
    back = blurred(grey(page)[:, ::-1], d.px(d.between(0.4, 0.9)))
    back = np.roll(back, (int(d.px(d.between(-40, 40))), int(d.px(d.between(-20, 20)))), (0, 1))
    return np.minimum(page, per_channel(page, 255 - (255 - back) * d.between(0.15, 0.4)))


def inked(d, page, draw_on, colour, strength):
    """What `draw_on` draws in white on black, as ink of a colour over the page: it darkens, it does not cover."""
    height, width = page.shape[:2]
    layer = Image.new("L", (width, height), 0)
    draw_on(ImageDraw.Draw(layer), width, height)
    cover = to_page(layer.filter(ImageFilter.GaussianBlur(d.px(0.15)))) / 255 * strength
    cover *= 0.65 + 0.35 * d.smooth((height, width), 1.5)
    if page.ndim == 2:
        page = np.repeat(page[..., None], 3, axis=2)
    return page * (1 - cover[..., None] * (1 - np.float32(colour) / 255))


def stamp(d, page, colour=(205, 30, 40)):
    def seal(draw, width, height):
        for _ in range(int(d.rng.integers(1, 3))):
            x, y, r = d.between(0.2, 0.85) * width, d.between(0.15, 0.9) * height, d.px(d.between(42, 62))
            line = max(int(d.px(2.2)), 1)
            draw.ellipse((x - r, y - r, x + r, y + r), outline=255, width=line)
            star = [(x + math.sin(k * math.pi / 5) * r * (0.3, 0.12)[k % 2], y - math.cos(k * math.pi / 5) * r * (0.3, 0.12)[k % 2]) for k in range(10)]
            draw.polygon(star, fill=255)
            for k in range(13):
                angle = math.radians(-130 + k * 260 / 12)
                cx, cy, s = x + math.sin(angle) * r * 0.76, y - math.cos(angle) * r * 0.76, r * 0.11
                for _ in range(5):
                    (a, b, c, e) = (d.between(-s, s) for _ in range(4))
                    draw.line((cx + a, cy + b, cx + c, cy + e), fill=255, width=max(int(d.px(1.1)), 1))
    return inked(d, page, seal, colour, d.between(0.55, 0.95))


def blue_stamp(d, page):
    def box(draw, width, height):
        x, y = d.between(0.1, 0.6) * width, d.between(0.1, 0.85) * height
        w, h = d.px(d.between(80, 130)), d.px(d.between(30, 48))
        for k in range(2):
            pad = d.px(3) * k
            draw.rectangle((x + pad, y + pad, x + w - pad, y + h - pad), outline=255, width=max(int(d.px(1.3)), 1))
        for k in range(int(w / d.px(11))):
            for _ in range(6):
                cx, cy, s = x + d.px(9 + 11 * k), y + h / 2, d.px(5)
                draw.line((cx + d.between(-s, s), cy + d.between(-s, s), cx + d.between(-s, s), cy + d.between(-s, s)), fill=255, width=max(int(d.px(1)), 1))
    return inked(d, page, box, (50, 60, 190), d.between(0.5, 0.9))


def pen(d, page):
    """Strokes of a pen: ticks, underlines, a signature."""
    def strokes(draw, width, height):
        for _ in range(int(d.rng.integers(4, 12))):
            x, y, wide = d.between(0.08, 0.85) * width, d.between(0.08, 0.92) * height, max(int(d.px(d.between(0.7, 1.4))), 1)
            what = d.rng.integers(0, 3)
            if what == 0:
                draw.line([(x, y), (x + d.px(5), y + d.px(7)), (x + d.px(16), y - d.px(10))], fill=255, width=wide, joint="curve")
            elif what == 1:
                points = [(x + d.px(k * 4), y + d.px(d.between(-1.2, 1.2))) for k in range(int(d.rng.integers(10, 30)))]
                draw.line(points, fill=255, width=wide, joint="curve")
            else:
                points = [(x + d.px(k * 3.5 + d.between(-4, 4)), y + d.px(d.between(-12, 12))) for k in range(int(d.rng.integers(8, 20)))]
                draw.line(points, fill=255, width=wide, joint="curve")
    colour = [(30, 40, 150), (25, 25, 30), (190, 25, 30)][int(d.rng.integers(0, 3))]
    return inked(d, page, strokes, colour, d.between(0.75, 1.0))


def fold(d, page):
    """The shadow of a book's fold, at a side, with the paper that bends into it."""
    height, width = page.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    is_left = d.rng.random() < 0.5
    near = xs / d.px(1) if is_left else (width - xs) / d.px(1)
    reach = d.between(25, 60)
    shade = 1 - d.between(0.5, 0.85) * np.exp(-near / reach)
    lift = d.px(d.between(2, 7)) * np.exp(-near / reach)
    page = remap(page, xs, np.clip(ys + lift, 0, height - 1), 255.0)
    return page * per_channel(page, shade) + d.rng.normal(0, 2, page.shape).astype(np.float32)


def moire(d, page):
    """A screen photographed: waves of light and a grid of its dots."""
    height, width = page.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    waves = 1.0
    for _ in range(2):
        angle, period = d.between(0, math.pi), d.px(d.between(2.5, 9))
        waves = waves - d.between(0.03, 0.1) * (1 + np.sin((xs * math.cos(angle) + ys * math.sin(angle)) * 2 * math.pi / period))
    return blurred(page, d.px(0.2)) * per_channel(page, waves.astype(np.float32)) + d.rng.normal(0, 3, page.shape).astype(np.float32)


def worn(d, page):
    """An office's usual: copied, stamped, scanned leaning, a little soft, packed hard."""
    page = toner(d, page)
    page = stamp(d, page)
    page = turned(page, d.between(-1.5, 1.5))
    page = light(d, page, d.between(0.8, 0.95))
    page = page + d.rng.normal(0, d.between(4, 10), page.shape).astype(np.float32)
    return jpeg(d, page)


def snapshot(d, page):
    """A telephone's picture, at an angle, of a bent page on a table, stamped, packed."""
    return jpeg(d, table_photo(d, curl(d, stamp(d, page))))


KINDS = {
    "clean": clean, "skew": skew, "rot90": rot90, "rot180": rot180, "photo": photo, "table_photo": table_photo, "curl": curl,
    "defocus": defocus, "motion": motion, "noise": noise, "salt": salt, "jpeg": jpeg, "fax": fax, "ordered": ordered,
    "diffused": diffused, "copier": copier, "copy_of_copy": copy_of_copy, "toner": toner, "faint": faint, "grey_paper": grey_paper,
    "bleed": bleed, "stamp": stamp, "blue_stamp": blue_stamp, "pen": pen, "fold": fold, "moire": moire, "worn": worn, "snapshot": snapshot,
}
BILEVEL = {"fax", "ordered", "diffused", "copy_of_copy"}


def rendered(path, dpi):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["pdftoppm", "-r", str(dpi), path, os.path.join(folder, "page")], check=True, stderr=subprocess.DEVNULL)
        names = sorted(glob.glob(os.path.join(folder, "page*.ppm")))
        return [to_page(Image.open(name)) for name in names]


def written(images, stem, kind, dpi, rng):
    """The name of the file: a PDF of pictures, a TIFF of several, or a picture where there is one page."""
    suffix = str(rng.choice(["pdf", "pdf", "tif"] if len(images) > 1 else ["pdf", "pdf", "png", "jpg", "tif"]))
    if kind in BILEVEL:
        images = [image.convert("1", dither=Image.Dither.NONE) for image in images]
        suffix = "png" if suffix == "jpg" else suffix
    path = f"{stem}.{suffix}"
    first, others, dots = images[0], images[1:], (dpi, dpi)
    if suffix == "pdf":
        epoch, packing = time.gmtime(0), {} if kind in BILEVEL else {"quality": 88}
        first.save(path, save_all=True, append_images=others, resolution=dpi, creationDate=epoch, modDate=epoch, **packing)
    elif suffix == "tif":
        packing = "group4" if kind in BILEVEL else "tiff_lzw"
        first.save(path, save_all=True, append_images=others, compression=packing, dpi=dots)
    elif suffix == "jpg":
        first.save(path, quality=88, dpi=dots)
    else:
        first.save(path, dpi=dots)
    return os.path.basename(path)


def pages_of(path):
    said = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    return int(said.split("Pages:")[1].split()[0])


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("truth")
    args.add_argument("out")
    args.add_argument("--seed", type=int, default=1)
    args.add_argument("--count", type=int, default=40)
    args.add_argument("--kinds", default=",".join(KINDS), help="the kinds to be made, with commas between")
    args.add_argument("--tags", default=PRINTS, help="what files of the truth are taken: any of these tags")
    args = args.parse_args()
    folder, tags, kinds = os.path.dirname(args.truth), set(args.tags.split(",")), args.kinds.split(",")
    with open(args.truth, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    lines = [line for line in lines if tags & set(line["tags"]) and line["file"].endswith(".pdf")]
    prints = [line for line in lines if pages_of(os.path.join(folder, line["file"])) <= MAX_PAGES]
    os.makedirs(args.out, exist_ok=True)
    order = np.random.default_rng([args.seed, 0])
    turns = [k for _ in range(args.count // len(kinds) + 1) for k in order.permutation(kinds)]
    sources = [k for _ in range(args.count // len(prints) + 1) for k in order.permutation(len(prints))]
    with open(os.path.join(args.out, "truth.jsonl"), "w", encoding="utf-8") as truth:
        for number in range(args.count):
            kind, line = str(turns[number]), prints[sources[number]]
            rng = np.random.default_rng([args.seed, number + 1])
            dpi = int(rng.choice(DPI))
            damage = Damage(rng, dpi)
            images = [to_image(KINDS[kind](damage, page)) for page in rendered(os.path.join(folder, line["file"]), dpi)]
            name = written(images, os.path.join(args.out, f"{number + 1:03}-{kind}"), kind, dpi, rng)
            also = [f"kind:{kind}", f"dpi:{dpi}", f"print:{os.path.basename(line['file'])}"]
            out = {"file": name, "tags": line["tags"] + also, "forms": line["forms"], "alts": line.get("alts", [])}
            truth.write(json.dumps(out, ensure_ascii=False) + "\n")
            print(name, f"{len(images)} pages, {dpi} dpi, {os.path.basename(line['file'])}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
