//! The README quotes the demo's code as it is.

#[test]
fn the_readme_quotes_what_the_demos_page_really_adds() {
    let (readme, host) = (include_str!("../README.md"), include_str!("../www/host.js"));
    assert!(readme.contains(host), "README.md quotes another www/host.js: paste it anew");
    assert!(host.lines().count() < 40, "an integrator's code is under 40 lines");
}
