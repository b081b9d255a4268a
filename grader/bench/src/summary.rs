//! Medians, because the machine may be noisy and each comparison is made pair by pair.

/// Prints a line of a table: an exercise, the medians of both sides, and the median of the ratios of the
/// pairs. Each side's column is as wide as its heading.
pub fn print_pairs(exercise: &str, headings: [&str; 2], pairs: &[(f64, f64)]) {
    let of = |pick: fn(&(f64, f64)) -> f64| median(&pairs.iter().map(pick).collect::<Vec<_>>());
    let [ours, theirs] = headings.map(|heading| heading.len().max(6));
    println!(
        "  {exercise:<18} {:>ours$.2} {:>theirs$.2} {:>6.2}",
        of(|pair| pair.0),
        of(|pair| pair.1),
        of(|pair| pair.0 / pair.1),
    );
}

/// Prints the heading of that table.
pub fn print_heading(headings: [&str; 2]) {
    let [ours, theirs] = headings;
    println!("  {:<18} {ours:>6} {theirs:>6} {:>6}", "exercise", "ratio");
}

/// The middle value, or the mean of the two middle ones. 0 for an empty slice.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}
