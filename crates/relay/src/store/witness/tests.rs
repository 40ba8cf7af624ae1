#![allow(clippy::unwrap_used)]

use super::*;

/// A database of no relay, and where it is.
fn database() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("relay.sqlite");
    std::fs::write(&database, "").unwrap();
    (folder, database)
}

fn said(database: &Path) -> Testimony {
    Testimony::beside(database).unwrap().unwrap()
}

/// As a relay leaves it that has ended in order.
fn closed(database: &Path, claims: i64) {
    Witness::write(database, claims).unwrap().close(database, &File::open(database).unwrap());
}

/// The system's clock of files goes in small steps.
fn a_moment() {
    std::thread::sleep(Duration::from_millis(20));
}

/// As `cp` does it: inode, time of birth and content are as they were.
fn write_anew(file: &Path) {
    std::fs::write(file, std::fs::read(file).unwrap()).unwrap();
}

#[test]
fn what_was_written_is_read_and_nothing_else() {
    let (_folder, database) = database();
    assert_eq!(Testimony::beside(&database), Ok(None));
    let witness = Witness::write(&database, 7).unwrap();
    witness.raise(12).unwrap();
    witness.stamp();
    let open = said(&database);
    assert_eq!((open.claims, &open.database), (12, &database));
    assert!(open.is_last_word_on(&database) && !open.is_closed());
    witness.close(&database, &File::open(&database).unwrap());
    assert!(said(&database).is_closed() && said(&database).claims == 12);

    let whole = std::fs::read(beside(&database)).unwrap();
    for length in 0..whole.len() {
        std::fs::write(beside(&database), &whole[..length]).unwrap();
        assert!(Testimony::beside(&database).is_err(), "cut off at {length}");
    }
    for at in (0..NAME - 1).filter(|at| at % (DIGITS + 1) != DIGITS) {
        let mut wrong = whole.clone();
        wrong[at] = b' ';
        std::fs::write(beside(&database), &wrong).unwrap();
        assert!(Testimony::beside(&database).is_err(), "{at}");
    }
}

#[test]
fn what_is_no_witness_holds_nobody_up_and_is_replaced_where_it_can_be() {
    let (_folder, database) = database();
    let path = beside(&database);
    let pipe = |path: &Path| assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    pipe(&path);
    assert!(Testimony::beside(&database).unwrap_err().contains("is no file"));
    assert!(Visit::begin(&database).is_none());
    let mut new = path.clone().into_os_string();
    new.push(".new");
    pipe(Path::new(&new));
    drop(Witness::write(&database, 7).unwrap());
    assert_eq!(said(&database).claims, 7);

    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(Testimony::beside(&database).unwrap_err().contains("is no file"));
    assert!(Witness::write(&database, 7).is_err());
    std::fs::remove_dir(&path).unwrap();

    // Ten gigabytes, of which the disk has none.
    File::create(&path).unwrap().set_len(10_000_000_000).unwrap();
    assert!(Testimony::beside(&database).unwrap_err().contains("is damaged"));
    drop(Witness::write(&database, 7).unwrap());
    let whole = std::fs::read(&path).unwrap();
    for claims in [MOST_CLAIMS + 1, i64::MAX] {
        std::fs::write(&path, [format!("{claims:020}").as_bytes(), &whole[DIGITS..]].concat()).unwrap();
        assert!(Testimony::beside(&database).unwrap_err().contains("is damaged"), "{claims}");
    }
}

#[test]
fn one_that_is_written_anew_leaves_the_one_before_whole_until_it_is_whole() {
    let (folder, database) = database();
    drop(Witness::write(&database, 7).unwrap());
    let kept = folder.path().join("kept");
    std::fs::hard_link(beside(&database), &kept).unwrap();
    let before = std::fs::read(&kept).unwrap();
    let witness = Witness::write(&database, 8).unwrap();
    assert_eq!(std::fs::read(&kept).unwrap(), before, "it was not written over");
    witness.raise(9).unwrap();
    assert_eq!(said(&database).claims, 9);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3, "nothing is left over");
}

/// Writes when it was written last.
fn written_at(database: &Path, time: u128) {
    let file = OpenOptions::new().write(true).open(beside(database)).unwrap();
    file.write_all_at(format!("{time:0DIGITS$}").as_bytes(), TIME as u64).unwrap();
}

#[test]
fn a_time_that_is_still_to_come_vouches_for_nothing() {
    let (_folder, database) = database();
    drop(Witness::write(&database, 7).unwrap());
    written_at(&database, now() + Duration::from_secs(3600).as_nanos());
    assert!(!said(&database).is_last_word_on(&database));
    // After an end in order it is the system's own time that tells, whatever the clock says by now.
    closed(&database, 7);
    written_at(&database, now() + Duration::from_secs(3600).as_nanos());
    assert!(said(&database).is_last_word_on(&database));
}

#[test]
fn what_somebody_else_has_written_since_is_seen_though_inode_and_content_are_the_same() {
    let (_folder, database) = database();
    drop(Witness::write(&database, 7).unwrap());
    let open = said(&database);
    std::thread::sleep(TOLERANCE + Duration::from_millis(100));
    assert!(open.is_last_word_on(&database));
    for touched in [database.clone(), beside(&database)] {
        write_anew(&touched);
        assert!(!open.is_last_word_on(&database), "{}", touched.display());
        drop(Witness::write(&database, 7).unwrap());
        std::thread::sleep(TOLERANCE + Duration::from_millis(100));
        assert!(said(&database).is_last_word_on(&database));
    }
}

#[test]
fn after_an_end_in_order_it_is_seen_at_once() {
    let (folder, database) = database();
    closed(&database, 7);
    let old = std::fs::read(beside(&database)).unwrap();
    a_moment();
    write_anew(&database);
    assert!(!said(&database).is_last_word_on(&database), "written into");
    closed(&database, 7);
    a_moment();
    let away = folder.path().join("away");
    std::fs::rename(&database, &away).unwrap();
    std::fs::rename(&away, &database).unwrap();
    assert!(!said(&database).is_last_word_on(&database), "moved away and back");
    closed(&database, 7);
    std::fs::write(beside(&database), &old).unwrap();
    assert!(!said(&database).is_last_word_on(&database), "an old witness");
    closed(&database, 7);
    std::fs::write(folder.path().join("relay.sqlite-wal"), "of an old copy").unwrap();
    assert!(!said(&database).is_last_word_on(&database), "a log beside what has none");
}

#[test]
fn whoever_keeps_the_log_keeps_a_database_from_being_closed() {
    let (folder, database) = database();
    std::fs::write(folder.path().join("relay.sqlite-wal"), "a reader has it still").unwrap();
    closed(&database, 7);
    assert!(!said(&database).is_closed() && said(&database).is_last_word_on(&database));
}

#[test]
fn what_a_command_changes_is_no_doubt_and_what_is_put_back_meanwhile_is_one() {
    let (_folder, database) = database();
    for is_closed in [true, false] {
        let leave = || match is_closed {
            true => closed(&database, 7),
            false => drop(Witness::write(&database, 7).unwrap()),
        };
        leave();
        let (old, old_witness) = (std::fs::read(&database).unwrap(), std::fs::read(beside(&database)).unwrap());
        std::thread::sleep(TOLERANCE + Duration::from_millis(100));
        let visit = Visit::begin(&database).unwrap();
        assert!(!said(&database).is_closed(), "a command that is killed now leaves pages to be looked at");
        write_anew(&database);
        visit.end();
        assert!(said(&database).is_last_word_on(&database));
        assert_eq!(said(&database).is_closed(), is_closed);

        let visit = Visit::begin(&database).unwrap();
        std::fs::write(&database, &old).unwrap();
        std::fs::write(beside(&database), &old_witness).unwrap();
        visit.end();
        assert!(!said(&database).is_last_word_on(&database), "closed: {is_closed}");
        assert!(Visit::begin(&database).is_none(), "nor does the next one vouch for it");
    }
}

#[test]
fn a_relay_that_has_started_meanwhile_is_not_written_over() {
    let (_folder, database) = database();
    closed(&database, 7);
    let visit = Visit::begin(&database).unwrap();
    let witness = Witness::write(&database, 8).unwrap();
    witness.raise(9).unwrap();
    visit.end();
    assert!(!said(&database).is_closed() && said(&database).claims == 9);
}
