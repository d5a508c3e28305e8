//! A film of three scenes of a second each: coloured bands, as MP4 (ISO 14496-12) with H.264 (Constrained Baseline).
//!
//! No encoder is needed for that. The first block of a band holds its colour as it is (`I_PCM`); the other blocks of the first row copy
//! the block to the left, those below the block above, and say that nothing differs.

/// Blocks of 16 by 16 pixels in a row, and rows.
const COLUMNS: u32 = 20;
const ROWS: u32 = 11;
const BANDS: u32 = 5;

/// Y, Cb, Cr.
const COLOURS: [[u8; 3]; BANDS as usize] = [[69, 138, 113], [120, 139, 78], [185, 83, 151], [170, 87, 169], [139, 97, 183]];

/// Units of time in a second.
const SECOND: u32 = 1000;

/// The whole file. `turn` chooses where the colours begin.
pub(super) fn scenes(turn: usize) -> Vec<u8> {
    let scenes: Vec<Vec<u8>> = (0..3).map(|scene| sized(&picture(scene, turn + scene * 2))).collect();
    let kind = make_box(b"ftyp", &[b"isom\0\0\x02\0isomiso2avc1mp41"]);
    // Where the pictures begin does not change how long that is said.
    let before = kind.len() + movie(&scenes, 0).len() + 8;
    let pictures: Vec<&[u8]> = scenes.iter().map(Vec::as_slice).collect();
    [kind, movie(&scenes, before as u32), make_box(b"mdat", &pictures)].concat()
}

/// Bits, written the highest first.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    /// How many of the last byte are taken; 0 when it is full.
    taken: u32,
}

impl Bits {
    fn put(&mut self, count: u32, value: u32) {
        for at in (0..count).rev() {
            if self.taken == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= (((value >> at) & 1) as u8) << (7 - self.taken);
            }
            self.taken = (self.taken + 1) % 8;
        }
    }

    /// Exponential Golomb: as many zeros as the number has bits behind its first.
    fn golomb(&mut self, value: u32) {
        let width = 32 - (value + 1).leading_zeros();
        self.put(width - 1, 0);
        self.put(width, value + 1);
    }

    fn golombs<const N: usize>(&mut self, values: [u32; N]) {
        values.into_iter().for_each(|value| self.golomb(value));
    }

    /// A unit of the stream: its head, and what was written, without three bytes that look like the begin of another.
    fn unit(mut self, head: u8) -> Vec<u8> {
        self.put(1, 1);
        let (mut unit, mut zeros) = (vec![head], 0);
        for byte in self.bytes {
            if zeros >= 2 && byte <= 3 {
                unit.push(3);
                zeros = 0;
            }
            unit.push(byte);
            zeros = if byte == 0 { zeros + 1 } else { 0 };
        }
        unit
    }
}

/// Constrained Baseline, level 2.
const PROFILE: [u8; 3] = [66, 0xC0, 20];

/// The sequence: how large its pictures are.
fn sequence() -> Vec<u8> {
    let mut bits = Bits::default();
    PROFILE.into_iter().for_each(|byte| bits.put(8, byte.into()));
    // Its id, four bits for the number of a frame, frames are shown in their order, no references.
    bits.golombs([0, 0, 2, 0]);
    bits.put(1, 0);
    bits.golombs([COLUMNS - 1, ROWS - 1]);
    // Whole frames, direct inference, no cropping, nothing more.
    bits.put(4, 0b1100);
    bits.unit(0x67)
}

/// How its pictures are written.
fn picture_set() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.golombs([0, 0]);
    // Variable-length codes, no field order.
    bits.put(2, 0);
    bits.golombs([0, 0, 0]);
    bits.put(3, 0);
    bits.golombs([0, 0, 0]);
    // Slices may switch the smoothing of edges off.
    bits.put(3, 0b100);
    bits.unit(0x68)
}

/// A picture that needs no other.
fn picture(number: usize, turn: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    // From the first block, of intra blocks only; the number of the frame; two in a row differ by their id.
    bits.golombs([0, 7, 0]);
    bits.put(4, 0);
    bits.golomb(number as u32 % 2);
    bits.put(2, 0);
    // No change of the quantizer; edges stay sharp.
    bits.golombs([0, 1]);
    let width = COLUMNS / BANDS;
    for (row, column) in (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (row, column))) {
        let begins = column % width == 0;
        if row == 0 && begins {
            let [y, cb, cr] = COLOURS[(turn + (column / width) as usize) % COLOURS.len()];
            bits.golomb(25);
            bits.taken = 0;
            for (count, value) in [(256, y), (64, cb), (64, cr)] {
                bits.bytes.extend(std::iter::repeat_n(value, count));
            }
            continue;
        }
        // From the left or from above, brightness and colour; no change of the quantizer.
        bits.golombs(if row == 0 { [2, 1, 0] } else { [1, 2, 0] });
        // Nothing differs. How that is said depends on how much there was to say in the blocks beside, and there it was everything.
        let is_beside_whole = (row == 0 && column % width == 1) || (row == 1 && begins);
        if is_beside_whole { bits.put(6, 3) } else { bits.put(1, 1) }
    }
    bits.unit(0x65)
}

fn sized(unit: &[u8]) -> Vec<u8> {
    [(unit.len() as u32).to_be_bytes().as_slice(), unit].concat()
}

fn make_box(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    [(content.len() as u32 + 8).to_be_bytes().as_slice(), name, &content].concat()
}

/// Numbers of 32 bits.
fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// A film is shown as it is.
const UPRIGHT: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// What there is to know before the pictures. The first number of many boxes is their version and flags.
fn movie(scenes: &[Vec<u8>], begin: u32) -> Vec<u8> {
    let lasts = SECOND * scenes.len() as u32;
    let head = words(&[0, 0, 0, SECOND, lasts, 0x1_0000, 0x0100_0000, 0, 0]);
    let head = make_box(b"mvhd", &[&head, &words(&UPRIGHT), &[0; 24], &words(&[2])]);
    let size = words(&[(COLUMNS * 16) << 16, (ROWS * 16) << 16]);
    let track = make_box(b"tkhd", &[&words(&[3, 0, 0, 1, 0, lasts, 0, 0, 0, 0]), &words(&UPRIGHT), &size]);
    // The language is undetermined.
    let media = make_box(b"mdhd", &[&words(&[0, 0, 0, SECOND, lasts, 0x55C4_0000])]);
    let handler = make_box(b"hdlr", &[&words(&[0, 0]), b"vide", &[0; 13]]);
    let here = make_box(b"dinf", &[&make_box(b"dref", &[&words(&[0, 1]), &make_box(b"url ", &[&words(&[1])])])]);
    let video = make_box(b"vmhd", &[&words(&[1, 0, 0])]);
    let information = make_box(b"minf", &[&video, &here, &table(scenes, begin)]);
    make_box(b"moov", &[&head, &make_box(b"trak", &[&track, &make_box(b"mdia", &[&media, &handler, &information])])])
}

/// Where each picture is, how long it is and how long it is shown.
fn table(scenes: &[Vec<u8>], begin: u32) -> Vec<u8> {
    let short = |unit: &[u8]| [(unit.len() as u16).to_be_bytes().as_slice(), unit].concat();
    let [profile, compatible, level] = PROFILE;
    let (sequence, picture) = (short(&sequence()), short(&picture_set()));
    let set_up = make_box(b"avcC", &[&[1, profile, compatible, level, 0xFF, 0xE1], &sequence, &[1], &picture]);
    // 72 dots an inch, one picture a sample, 24 bits of colour, no table of colours.
    let size = words(&[(COLUMNS << 20) | (ROWS * 16), 0x48_0000, 0x48_0000, 0]);
    let entry = make_box(b"avc1", &[&[0; 6], &[0, 1], &[0; 16], &size, &[0, 1], &[0; 32], &[0, 24, 0xFF, 0xFF], &set_up]);
    let count = scenes.len() as u32;
    let lengths: Vec<u32> = scenes.iter().map(|scene| scene.len() as u32).collect();
    let described = make_box(b"stsd", &[&words(&[0, 1]), &entry]);
    let times = make_box(b"stts", &[&words(&[0, 1, count, SECOND])]);
    let chunks = make_box(b"stsc", &[&words(&[0, 1, 1, count, 1])]);
    let sizes = make_box(b"stsz", &[&words(&[0, 0, count]), &words(&lengths)]);
    let places = make_box(b"stco", &[&words(&[0, 1, begin])]);
    make_box(b"stbl", &[&described, &times, &chunks, &sizes, &places])
}
