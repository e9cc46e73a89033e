//! A server in a container.

use std::{env, fmt::Display, thread};

use testcontainers_modules::{
    postgres::Postgres,
    testcontainers::{Container, ImageExt as _, runners::SyncRunner as _},
};

use super::{Server, Trace, Way, command::run, database::random_name, watchdog::Watchdog};

const IMAGE: &str = "FIELDSEAL_TEST_POSTGRES_IMAGE";
const OFFICIAL_IMAGE: &str = "postgres:17-alpine";
/// What `tests/docker/build-postgres-image` makes, for machines that can pull nothing.
const HOME_MADE_IMAGE: &str = "fieldseal/postgres-test:15";
const SETTINGS: [&str; 4] = ["-c", "fsync=off", "-c", "max_connections=200"];

pub(super) fn start() -> Result<Server, String> {
    run("docker", &["version", "--format", "{{.Server.Version}}"])
        .map_err(|error| format!("no Docker daemon answers ({error})"))?;
    let image = obtain(&candidates())?;
    let name = random_name("fieldseal-test", '-');
    // Before the container: a process killed in between would leave it behind.
    let watchdog = Watchdog::start(r#"docker rm -f -v "$1""#, &[&name]).map_err(|error| error.to_string())?;
    let (container, admin_url) = run_container(image, name.clone())?;
    Ok(Server::found(Way::Docker, admin_url, Trace::Container(name), Some(Box::new((container, watchdog)))))
}

/// The images that will do, the best first.
fn candidates() -> Vec<String> {
    match env::var(IMAGE) {
        Ok(image) if !image.is_empty() => vec![image],
        _ => vec![OFFICIAL_IMAGE.to_owned(), HOME_MADE_IMAGE.to_owned()],
    }
}

fn obtain(candidates: &[String]) -> Result<String, String> {
    let is_here = |image: &&String| run("docker", &["image", "inspect", image]).is_ok();
    if let Some(image) = candidates.iter().find(is_here) {
        return Ok(image.clone());
    }
    pull(&candidates[0])
}

fn pull(image: &str) -> Result<String, String> {
    match run("docker", &["pull", "--quiet", image]) {
        Ok(_) => Ok(image.to_owned()),
        Err(error) => Err(format!(
            "the image {image} is not there and can't be pulled ({error}): run \
             tests/docker/build-postgres-image, or set {IMAGE} to name:tag of an image that is there"
        )),
    }
}

fn run_container(image: String, name: String) -> Result<(Container<Postgres>, String), String> {
    // The blocking runner has a runtime of its own and must not start inside a test's.
    let outcome = thread::spawn(move || {
        let (repository, tag) = split_tag(&image);
        let container = Postgres::default()
            .with_cmd(SETTINGS)
            .with_name(repository)
            .with_tag(tag)
            .with_container_name(name)
            .start()
            .map_err(|error| failed(&image, error))?;
        let url = url_of(&container).map_err(|error| failed(&image, error))?;
        Ok((container, url))
    });
    outcome.join().expect("starting a container returns its errors")
}

fn split_tag(image: &str) -> (&str, &str) {
    match image.rsplit_once(':') {
        // A colon before a slash belongs to a registry's port.
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (image, "latest"),
    }
}

fn url_of(container: &Container<Postgres>) -> Result<String, Box<dyn std::error::Error>> {
    let host = match container.get_host()?.to_string() {
        // The name may mean ::1, where the same port may be another container's.
        name if name == "localhost" => "127.0.0.1".to_owned(),
        name => name,
    };
    let port = container.get_host_port_ipv4(5432)?;
    Ok(format!("postgres://postgres:postgres@{host}:{port}/postgres"))
}

fn failed(image: &str, error: impl Display) -> String {
    format!("the image {image} does not start: {error}")
}
