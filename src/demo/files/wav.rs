//! A phrase of four notes, as an uncompressed recording (RIFF/WAVE, PCM).

use std::f64::consts::TAU;

/// Samples a second; one byte each.
const RATE: u32 = 8000;

/// The first notes of a song: the chord of its key, broken, in eighths. `key` is such as `B♭ Major`, `turn` chooses the order.
pub(super) fn phrase(bpm: u64, key: &str, turn: usize) -> Vec<u8> {
    let third = if key.ends_with("Minor") { 3 } else { 4 };
    let chord = [[0, third, 7, 12], [0, 7, third, 12], [12, 7, third, 0], [0, 12, 7, third]];
    let length = u64::from(RATE) * 30 / bpm.clamp(30, 300);
    let mut samples = Vec::new();
    for semitones in chord[turn % chord.len()] {
        let step = TAU * pitch(key, semitones) / f64::from(RATE);
        samples.extend((0..length).map(|at| {
            let fading = 1.0 - at as f64 / length as f64;
            (128.0 + 100.0 * fading * (step * at as f64).sin()) as u8
        }));
    }
    wave(&samples)
}

/// Hertz of a note so many semitones above the ground of a key.
fn pitch(key: &str, semitones: i32) -> f64 {
    let above_a = match key.chars().next() {
        Some('C') => -9,
        Some('D') => -7,
        Some('E') => -5,
        Some('F') => -4,
        Some('G') => -2,
        Some('B') => 2,
        _ => 0,
    };
    let above_a = if key.contains('♭') { above_a - 1 } else { above_a };
    440.0 * (f64::from(above_a + semitones) / 12.0).exp2()
}

fn wave(samples: &[u8]) -> Vec<u8> {
    let length = samples.len() as u32;
    let mut file = Vec::with_capacity(samples.len() + 45);
    file.extend(b"RIFF");
    file.extend((36 + length + length % 2).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    file.extend([1, 0, 1, 0]);
    file.extend(RATE.to_le_bytes());
    file.extend(RATE.to_le_bytes());
    // One byte a sample, eight bits.
    file.extend([1, 0, 8, 0]);
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    file.extend(samples);
    // Chunks have even lengths.
    file.resize(file.len() + samples.len() % 2, 0);
    file
}
