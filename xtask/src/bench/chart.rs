//! Bars, as a picture that a page or GitHub shows: one file, no script, readable on light and on dark.

use std::fmt::Write as _;

/// One bar.
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: f64,
    /// What stands behind it.
    pub(crate) says: String,
    /// Ours, among the others.
    pub(crate) is_ours: bool,
}

const WIDTH: f64 = 720.0;
const LEFT: f64 = 210.0;
const RIGHT: f64 = 110.0;
const ROW: f64 = 26.0;
const TOP: f64 = 40.0;

/// The picture.
pub(crate) fn bars(title: &str, bars: &[Bar]) -> String {
    let most = bars.iter().map(|bar| bar.value).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let height = bars.iter().fold(TOP + 10.0, |height, _| height + ROW);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
         aria-label=\"{title}\">\n<style>\
         text {{ font: 13px system-ui, sans-serif; fill: #1f2328 }} .title {{ font-weight: 600 }} .ours {{ fill: #0b57d0 }} \
         .other {{ fill: #8c959f }} @media (prefers-color-scheme: dark) {{ text {{ fill: #e6edf3 }} .ours {{ fill: #6ea8fe }} \
         .other {{ fill: #6e7681 }} }}</style>\n<text class=\"title\" x=\"0\" y=\"18\">{}</text>\n",
        escaped(title)
    );
    let mut y = TOP;
    for bar in bars {
        let width = (WIDTH - LEFT - RIGHT) * bar.value / most;
        let class = if bar.is_ours { "ours" } else { "other" };
        // Writing to a text cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" \
             height=\"18\" rx=\"2\"/><text x=\"{:.1}\" y=\"{}\">{}</text>",
            LEFT - 8.0,
            y + 14.0,
            escaped(&bar.label),
            LEFT + width + 6.0,
            y + 14.0,
            escaped(&bar.says)
        );
        y += ROW;
    }
    svg + "</svg>\n"
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
