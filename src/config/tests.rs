//! What a page may say, and what its developer is told of it.

use super::*;

/// The user's own day.
fn today() -> Date {
    Date::new(2026, 11, 26).unwrap()
}

fn parse(settings: &[(&str, &str)]) -> (Config, Vec<String>) {
    let members = settings
        .iter()
        .map(|(name, text)| ((*name).to_owned(), Member::Value(Value::Text((*text).to_owned()))))
        .collect();
    let (config, mut mistakes) = Config::parse(&Members(members), "https://relay.example.com", today());
    mistakes.extend(config.mistakes());
    (config, mistakes.into_iter().map(|mistake| mistake.attribute).collect())
}

#[test]
fn a_page_that_states_what_is_needed_has_no_mistakes() {
    let (config, mistakes) = parse(&[
        ("domainWorkSpace", "EXA-CON-BUS-WOR"),
        ("reporter", "user@example.com"),
        ("orderId", "ORDER 777"),
        ("category", "Customs, IT"),
        ("todoType", "Task"),
        ("prefillStatus", "done"),
        ("prefillReminderDate", "2026-12-24"),
        ("relay", "https://relay.example.com/base/"),
    ]);
    assert_eq!(mistakes, [""; 0]);
    assert_eq!(config.token_endpoint, "https://relay.example.com/base/v1/token");
    assert_eq!(config.given.list(Field::Category), ["Customs", " IT"]);
    assert_eq!(config.given.text(Field::TodoType), "TASK");
    assert_eq!(config.given.text(Field::Status), "DONE");
    assert_eq!(config.given.text(Field::ReminderDate), "2026-12-24");
}

#[test]
fn every_mistake_is_named_by_its_attribute() {
    let (config, mistakes) = parse(&[
        ("todoType", "problem"),
        ("prefillStatus", "EXPIRED"),
        ("prefillFinancialImpact", "1.250,00"),
        ("title", "x"),
        ("prefillReporter", "x"),
        ("colour", "red"),
        ("environment", "test"),
        ("openLink", "maybe"),
        ("preload", "intnt"),
        ("reporter", "bob"),
        ("omit", "title lrn nothing"),
        ("locked", "reminderDate status"),
    ]);
    assert_eq!(
        mistakes,
        [
            "todo-type",
            "prefill-status",
            "prefill-financial-impact",
            "title",
            "prefillReporter",
            "colour",
            "environment",
            "open-link",
            "preload",
            "omit",
            "omit",
            "locked",
            "reporter",
            "order-id",
        ]
    );
    assert!(config.omitted.has(Field::Lrn) && config.locked.has(Field::Status));
    assert!(!config.locked.has(Field::ReminderDate));
    assert!(Field::all().all(|field| config.given.is_empty(field) || field == Field::Reporter));
}

#[test]
fn an_amount_that_a_number_has_written_is_one() {
    for (given, amount) in [("1250.5", "1250.50"), ("0.1", "0.10"), ("1250", "1250"), ("1250.55", "1250.55")] {
        let (config, mistakes) = parse(&[("prefillFinancialImpact", given), ("orderId", "1")]);
        assert_eq!((config.given.text(Field::FinancialImpact), mistakes.len()), (amount, 0));
    }
}

#[test]
fn an_object_that_a_framework_has_written_as_an_attribute_is_told() {
    assert_eq!(parse(&[("config", "[object Object]"), ("orderId", "1")]).1, ["config"]);
}

#[test]
fn domain_and_workspace_are_joined_once() {
    for (domain, workspace) in [("EXA-CON-BUS", "WOR"), ("EXA-CON-BUS-WOR", "WOR"), ("EXA-CON-BUS-WOR", "")] {
        let (config, _) = parse(&[("domain", domain), ("workspace", workspace)]);
        assert_eq!(config.given.text(Field::DomainWorkSpace), "EXA-CON-BUS-WOR");
    }
    assert_eq!(join("EXA-NOTWOR", "WOR"), "EXA-NOTWOR-WOR");
}

fn told(settings: &[(&str, &str)]) -> (Config, Vec<String>) {
    let mut all = vec![("orderId", "ORDER 777")];
    all.extend(settings);
    let (config, mut mistakes) = Config::parse(&Members::from_iter(all), "https://relay.example.com", today());
    mistakes.extend(config.mistakes());
    (config, mistakes.iter().filter_map(Mistake::line).collect())
}

#[test]
fn what_is_plainly_meant_is_taken_and_all_but_the_names_own_forms_is_told() {
    for name in ["orderId", "orderID", "order-id"] {
        let (config, told) = told(&[(name, "ORDER 778")]);
        assert_eq!((config.given.text(Field::OrderId), told), ("ORDER 778", Vec::new()), "{name}");
    }
    for name in ["orderid", "order_id", "ORDERID", "OrderId"] {
        let (config, told) = told(&[(name, "ORDER 778")]);
        assert_eq!(config.given.text(Field::OrderId), "ORDER 778", "{name}");
        let meant = if name.contains('I') { "orderId" } else { "order-id" };
        assert_eq!(told, [[name, " is taken as ", meant, "; write it so"].concat()]);
    }
    let (config, told) = told(&[("domainworkspace", "EXA-CON-BUS-WOR"), ("prefilltitle", "Seal broken")]);
    assert_eq!(config.given.text(Field::DomainWorkSpace), "EXA-CON-BUS-WOR");
    assert_eq!(config.given.text(Field::Title), "Seal broken");
    assert_eq!(told.len(), 2);
}

#[test]
fn a_misspelt_name_is_told_with_the_nearest_known_one() {
    for (name, near) in [
        ("prefil-title", "prefill-title"),
        ("prefill-titel", "prefill-title"),
        ("prefillTitel", "prefillTitle"),
        ("prefill-todo-type", "todo-type"),
        ("prefillTodoType", "todoType"),
        ("prefill-order-id", "order-id"),
        ("prefillReporter", "reporter"),
        ("order", "order-id"),
        ("ordr-id", "order-id"),
        ("work-space", "workspace"),
        ("domain-workspce", "domain-work-space"),
        ("reporterr", "reporter"),
        ("title", "prefill-title"),
        ("reminderdate", "prefill-reminder-date"),
        ("openlnk", "open-link"),
        ("lock", "locked"),
    ] {
        let (_, told) = told(&[(name, "x")]);
        let plainly = near == "workspace";
        let said = if plainly {
            [" is taken as ", near, "; write it so"]
        } else {
            [" is not known; did you mean ", near, "?"]
        };
        assert_eq!(told.first(), Some(&[name, &said.concat()].concat()), "{told:?}");
    }
    assert_eq!(told(&[("colour", "red")]).1, ["colour is not known; it is left out"]);
}

#[test]
fn attributes_that_carry_settings_are_read_and_the_pages_own_are_left_alone() {
    let told = |attribute: &str| Mistake::stray(attribute.to_owned()).line();
    for attribute in
        ["order-id", "orderid", "order_id", "sub-category", "token-endpoint", "domainworkspace", "credentials"]
    {
        assert!(is_setting(attribute), "{attribute}");
    }
    for misspelt in ["prefil-title", "order", "status", "prefill-todo-type"] {
        assert!(!is_setting(misspelt) && told(misspelt).is_some(), "{misspelt}");
    }
    let own = "accesskey anchor aria-label aria-hidden aria-live autocapitalize autocorrect autofocus class command commandfor \
        contenteditable data-order-id data-lang data-v-7ba5bd90 dir draggable enterkeyhint exportparts hidden id inert inputmode is \
        itemid itemprop itemref itemscope itemtype name nonce onclick onfocus part popover role slot spellcheck style tabindex title \
        translate type value virtualkeyboardpolicy writingsuggestions xmlns disabled for form \
        _ngcontent-abc-c1 _nghost-ng-c42 ng-reflect-order-id ng-version v-locked v-cloak x-data x-cloak hx-get hx-omit @click :order-id \
        [orderId] (created) v-bind:order-id x-on:click wire:omit xml:lang bind.locked #todo *ngIf svelte-h jsaction ref key \
        data-reactroot data-turbo-permanent s:abc astro-cid-x q:id";
    for attribute in own.split_whitespace() {
        assert!(!is_setting(attribute) && told(attribute).is_none(), "{attribute}");
    }
}

#[test]
fn commas_and_spaces_both_part_a_list_and_the_console_quotes_the_bad_name() {
    for list in ["impact,likelihood", "impact, likelihood", " impact\nlikelihood,", "impact ,, likelihood"] {
        let (config, told) = told(&[("omit", list), ("locked", "")]);
        assert!(config.omitted.has(Field::Impact) && config.omitted.has(Field::Likelihood), "{list}");
        assert_eq!(told, [""; 0]);
    }
    let (config, told) = told(&[
        ("prefillTitle", "Seal broken"),
        ("locked", "title,prioriti, priority reminder-date orderID todoType sauce"),
        ("omit", "title"),
    ]);
    assert!(config.locked.has(Field::Title) && config.locked.has(Field::OrderId) && config.locked.has(Field::TodoType));
    assert!(!config.locked.has(Field::Priority));
    assert_eq!(
        told,
        [
            "omit names \"title\", which every todo needs; it stays",
            "locked names \"prioriti\", which is no field; did you mean priority?",
            "locked names \"priority\", which a lock needs a value for; give a valid prefill-priority, until then it can be changed",
            "locked names \"reminder-date\", which a lock needs a value for; give a valid prefill-reminder-date, until then it can be changed",
            "locked names \"sauce\", which is no field; that name is left out",
        ]
    );
}

#[test]
fn a_list_may_come_as_an_array() {
    let list = Member::Value(Value::List(vec!["impact".to_owned(), "likelihood".to_owned()]));
    let (config, _) = Config::parse(&Members(vec![("omit".to_owned(), list)]), "", today());
    assert!(config.omitted.has(Field::Impact) && config.omitted.has(Field::Likelihood));
}

#[test]
fn a_word_is_taken_in_any_case_and_one_that_is_none_is_told_with_those_that_are() {
    let (config, lines) = told(&[
        ("openLink", "Reserve"),
        ("theme", "DARK"),
        ("environment", "Acc"),
        ("credentials", "Include"),
        ("prefillPriority", "high"),
        ("todoType", "task"),
        ("inline", "False"),
    ]);
    assert_eq!(lines, [""; 0]);
    assert_eq!((config.open_link, config.theme), (OpenLink::Reserve, Theme::Dark));
    assert_eq!((config.environment, config.credentials), (Some(Environment::Acc), Credentials::Include));
    assert_eq!((config.given.text(Field::Priority), config.given.text(Field::TodoType)), ("HIGH", "TASK"));
    assert!(!config.inline);
    for (name, attribute, words) in [
        ("openLink", "open-link", "auto, reserve, never"),
        ("theme", "theme", "auto, light, dark"),
        ("environment", "environment", "acc, prod"),
        ("credentials", "credentials", "include"),
        ("preload", "preload", "intent, idle, eager, none"),
        ("todoType", "todo-type", "INCIDENT, TASK"),
        ("prefillPriority", "prefill-priority", "HIGH, MEDIUM, LOW"),
        ("prefillStatus", "prefill-status", "IN PROGRESS, DONE"),
    ] {
        let said = [attribute, " is none of ", words, "; the default is used"].concat();
        assert_eq!(told(&[(name, "perhaps")]).1, [said]);
    }
}

#[test]
fn an_address_that_nothing_can_be_at_is_told() {
    for address in
        ["relay.example:8081", "relay.example.com", "localhost:8081/", "ftp://relay.example", "example/relay"]
    {
        for (name, attribute) in [("relay", "relay"), ("tokenEndpoint", "token-endpoint")] {
            let (_, lines) = told(&[(name, address)]);
            let said = [attribute, " does not begin with https:// or http://"].concat();
            assert!(lines.len() == 1 && lines[0].starts_with(&said), "{address}: {lines:?}");
        }
    }
    for address in
        ["https://relay.example:8081", "http://10.0.0.1/", "/relay", "//relay.example", "./relay", "../relay"]
    {
        assert_eq!(told(&[("relay", address)]).1, [""; 0], "{address}");
    }
}

#[test]
fn one_half_of_a_workspaces_name_is_told() {
    let (config, lines) = told(&[("domain", "EXA-CON-BUS")]);
    assert_eq!(config.given.text(Field::DomainWorkSpace), "EXA-CON-BUS");
    assert_eq!(
        lines,
        ["domain is given without workspace, and taken for all of domain-work-space; give both, or that one"]
    );
    assert!(told(&[("workspace", "WOR")]).1[0].starts_with("workspace is given without domain"));
    assert_eq!(told(&[("domain", "EXA-CON-BUS"), ("workspace", "WOR")]).1, [""; 0]);
    assert_eq!(told(&[("domain", "EXA"), ("domainWorkSpace", "EXA-WOR")]).1, [""; 0]);
}

#[test]
fn a_reminder_that_the_form_would_not_take_today_is_told_and_left_out() {
    for day in ["2026-11-25", "1999-01-01", "2036-11-27"] {
        let (config, lines) = told(&[("prefillReminderDate", day)]);
        assert!(config.given.is_empty(Field::ReminderDate), "{day}");
        assert_eq!(
            lines,
            ["prefill-reminder-date is no day from today on, within ten years; the field's default is used"]
        );
    }
    for day in ["2026-11-26", "2036-11-26"] {
        let (config, lines) = told(&[("prefillReminderDate", day)]);
        assert_eq!((config.given.text(Field::ReminderDate), lines.len()), (day, 0));
    }
    // Nobody could mend it.
    assert!(
        !told(&[("prefillReminderDate", "2026-11-25"), ("locked", "reminderDate")]).0.locked.has(Field::ReminderDate)
    );
}
