//! One PostgreSQL for the whole run, one database for each test.
//!
//! The cluster is made by the server's own code, with durability off, in a folder that is wiped by the next run. A
//! migrated database serves as the template that every test's database is a copy of. `TEST_DATABASE_URL` names another
//! PostgreSQL to make the databases on.

use std::fs::File;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use cluster::{Cluster, ClusterOptions};
use migration::{Migrator, MigratorTrait};
use rpm_api::entities::enums::Role;
use rpm_api::store::{NewMember, Scope, Store};
use sha2::{Digest, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};

const TEMPLATE: &str = "rpm_template";

/// E-mails of the members that every test database has, one for each role. TEAM is Andrew, AGENT is Artifacts.
pub const ADMIN: &str = "admin@test.rpm";
pub const VIP: &str = "vip@test.rpm";
pub const TEAM: &str = "team@test.rpm";
pub const AGENT: &str = "agent@test.rpm";
pub const INVESTOR: &str = "investor@test.rpm";

struct Postgres {
    /// URL of some database that is always there.
    admin: PgConnectOptions,
    run: String,
    /// Held for as long as the process lives: another run of the same tests takes another folder.
    _lock: Option<File>,
}

static POSTGRES: OnceLock<Postgres> = OnceLock::new();
static NEXT: AtomicUsize = AtomicUsize::new(0);

fn postgres() -> &'static Postgres {
    POSTGRES.get_or_init(|| {
        // A thread and runtime of its own: the first test to come must not take PostgreSQL with it when it ends.
        std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let postgres = runtime.block_on(start());
            std::mem::forget(runtime);
            postgres
        })
        .join()
        .expect("PostgreSQL for the tests starts")
    })
}

async fn start() -> Postgres {
    let run = format!("{}", std::process::id());
    let (url, lock) = match std::env::var("TEST_DATABASE_URL") {
        Ok(url) => (url, None),
        Err(_) => {
            let (home, lock) = own_folder();
            let options = ClusterOptions { home: Some(home), durable: false, ..ClusterOptions::default() };
            let cluster = Box::leak(Box::new(Cluster::serve(options).await.expect("a private PostgreSQL")));
            (cluster.url(), Some(lock))
        }
    };
    let admin: PgConnectOptions = url.parse().unwrap();
    let admin = admin.disable_statement_logging();
    let postgres = Postgres { admin, run, _lock: lock };
    postgres.execute(&format!("CREATE DATABASE {}", postgres.name(TEMPLATE))).await;
    let store = Store::connect(&postgres.url(&postgres.name(TEMPLATE)), 2).await.unwrap();
    Migrator::up(store.connection(), None).await.unwrap();
    add_members(&store).await;
    store.connection().close_by_ref().await.unwrap();
    postgres
}

/// A folder of this checkout's own, emptied. The first free of a few, so that two runs do not meet.
fn own_folder() -> (std::path::PathBuf, File) {
    let checkout = Sha256::digest(env!("CARGO_MANIFEST_DIR").as_bytes());
    for number in 0..16 {
        let name = format!("rpm-api-test-{:02x}{:02x}{:02x}-{number}", checkout[0], checkout[1], checkout[2]);
        let home = std::env::temp_dir().join(name);
        let lock = File::create(home.with_extension("lock")).unwrap();
        if lock.try_lock().is_ok() {
            wipe(&home);
            return (home, lock);
        }
    }
    panic!("sixteen runs of these tests at once");
}

fn wipe(home: &Path) {
    match std::fs::remove_dir_all(home) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{} cannot be emptied: {error}", home.display()),
        _ => {}
    }
}

async fn add_members(store: &Store) {
    let mut members = Vec::new();
    for (email, role, owner) in [
        (ADMIN, Role::Admin, None),
        (VIP, Role::Vip, None),
        (TEAM, Role::Team, Some("Andrew")),
        (AGENT, Role::Agent, Some("Artifacts")),
        (INVESTOR, Role::Investor, None),
    ] {
        let owner_id = match owner {
            Some(name) => store.owner_by_name(Scope::All, name).await.unwrap().map(|owner| owner.id),
            None => None,
        };
        members.push(NewMember { email: email.to_owned(), name: email.to_owned(), role, owner_id });
    }
    store.add_members("tests", members).await.unwrap();
}

impl Postgres {
    fn name(&self, base: &str) -> String {
        format!("{base}_{}", self.run)
    }

    fn url(&self, database: &str) -> String {
        self.admin.clone().database(database).to_url_lossy().to_string()
    }

    async fn execute(&self, sql: &str) {
        let mut connection = PgConnection::connect_with(&self.admin).await.expect("PostgreSQL answers");
        connection.execute(sqlx::AssertSqlSafe(sql.to_owned())).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        connection.close().await.unwrap();
    }
}

/// A database of a test's own: migrated, with the five members and nothing else. Dropped with the run's folder.
pub struct TestDatabase {
    pub url: String,
}

impl TestDatabase {
    /// A copy of the migrated template.
    pub async fn new() -> Self {
        let postgres = postgres();
        Self::create(postgres, &format!("TEMPLATE {}", postgres.name(TEMPLATE))).await
    }

    /// A database without a schema.
    pub async fn empty() -> Self {
        Self::create(postgres(), "").await
    }

    async fn create(postgres: &Postgres, how: &str) -> Self {
        let name = postgres.name(&format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed)));
        postgres.execute(&format!("CREATE DATABASE {name} {how}")).await;
        Self { url: postgres.url(&name) }
    }

    /// The store over it.
    pub async fn store(&self) -> Store {
        Store::connect(&self.url, 4).await.unwrap()
    }

    /// A plain connection, for looking at what is really there.
    pub async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }
}
