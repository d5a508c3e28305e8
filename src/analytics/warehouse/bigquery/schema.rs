//! The data set and its tables: made where they are not there, completed where columns are missing, otherwise left alone.

use gcp_bigquery_client::model::clustering::Clustering;
use gcp_bigquery_client::model::dataset::Dataset;
use gcp_bigquery_client::model::field_type::FieldType;
use gcp_bigquery_client::model::table::Table as Held;
use gcp_bigquery_client::model::table_field_schema::TableFieldSchema as Field;
use gcp_bigquery_client::model::table_schema::TableSchema;
use gcp_bigquery_client::model::time_partitioning::TimePartitioning;

use super::call::Query;
use super::{BigQuery, sql};
use crate::analytics::tables::{Column, ColumnKind, Table};
use crate::analytics::warehouse::Provisioned;
use crate::analytics::warehouse::error::{Result, WarehouseError};

/// Makes the data set and the tables, or completes them.
pub(super) async fn provision(bigquery: &BigQuery) -> Result<Vec<Provisioned>> {
    let datasets = bigquery.caller.client.dataset();
    let (project, dataset) = (&bigquery.project, &bigquery.dataset);
    // Looked for first: who may fill a data set need not be one who may make it.
    match bigquery.caller.call(|| datasets.get(project, dataset)).await {
        Err(WarehouseError::Missing(_)) => {
            let wanted = Dataset::new(project, dataset).location(&bigquery.region);
            unless_there(bigquery.caller.call(|| datasets.create(wanted.clone())).await)?;
        }
        held => drop(held?),
    }
    let mut provisioned = Vec::new();
    for table in Table::ALL {
        provisioned.push(provision_table(bigquery, table).await?);
    }
    Ok(provisioned)
}

async fn provision_table(bigquery: &BigQuery, table: Table) -> Result<Provisioned> {
    let tables = bigquery.caller.client.table();
    let is_new = unless_there(bigquery.caller.call(|| tables.create(wanted(bigquery, table))).await)?;
    let mut provisioned = Provisioned { table, is_new, added: Vec::new(), differs: Vec::new() };
    if is_new {
        return Ok(provisioned);
    }
    let (project, dataset) = (&bigquery.project, &bigquery.dataset);
    let held = bigquery.caller.call(|| tables.get(project, dataset, table.name(), None)).await?;
    let mut fields = held.schema.fields.clone().unwrap_or_default();
    provisioned.differs = differences(table, &held, &fields);
    for column in table.columns() {
        match fields.iter_mut().find(|field| field.name.eq_ignore_ascii_case(column.name)) {
            Some(field) => field.description = Some(column.description.to_owned()),
            None => {
                bigquery.query(Query::new(sql::add_column(&bigquery.table(table), column))).await?;
                fields.push(field(column));
                provisioned.added.push(column.name);
            }
        }
    }
    let described = Held::new(project, dataset, table.name(), TableSchema::new(fields)).description(table.description());
    bigquery.caller.call(|| tables.patch(project, dataset, table.name(), described.clone())).await?;
    Ok(provisioned)
}

/// What [`provision`] would do.
pub(super) async fn look(bigquery: &BigQuery) -> Result<Vec<Provisioned>> {
    let (project, dataset) = (&bigquery.project, &bigquery.dataset);
    let datasets = bigquery.caller.client.dataset();
    bigquery.caller.call(|| datasets.get(project, dataset)).await?;
    let tables = bigquery.caller.client.table();
    let mut looked = Vec::new();
    for table in Table::ALL {
        let held = bigquery.caller.call(|| tables.get(project, dataset, table.name(), None)).await;
        looked.push(match held {
            Ok(held) => {
                let fields = held.schema.fields.clone().unwrap_or_default();
                let is_there = |column: &&Column| fields.iter().any(|field| field.name.eq_ignore_ascii_case(column.name));
                let added = table.columns().iter().filter(|column| !is_there(column)).map(|column| column.name).collect();
                Provisioned { table, is_new: false, added, differs: differences(table, &held, &fields) }
            }
            Err(WarehouseError::Missing(_)) => Provisioned { table, is_new: true, added: Vec::new(), differs: Vec::new() },
            Err(error) => return Err(error),
        });
    }
    Ok(looked)
}

/// Whether it was made; what is there already is no error.
fn unless_there<T>(made: Result<T>) -> Result<bool> {
    match made {
        Ok(_) => Ok(true),
        Err(WarehouseError::Exists(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// A table as it should be: partitioned by its day, and clustered by what a row of a day is found by.
fn wanted(bigquery: &BigQuery, table: Table) -> Held {
    let schema = TableSchema::new(table.columns().iter().map(field).collect());
    Held::new(&bigquery.project, &bigquery.dataset, table.name(), schema)
        .description(table.description())
        .time_partitioning(TimePartitioning::per_day().field(table.day()))
        .clustering(Clustering { fields: Some(table.key().iter().map(|&column| column.to_owned()).collect()) })
}

fn field(column: &Column) -> Field {
    let kind = match column.kind {
        ColumnKind::Date => FieldType::Date,
        ColumnKind::String => FieldType::String,
        ColumnKind::Integer => FieldType::Integer,
        ColumnKind::Float => FieldType::Float,
        ColumnKind::Numeric => FieldType::Numeric,
    };
    let mut field = Field::new(column.name, kind);
    field.description = Some(column.description.to_owned());
    field
}

/// What a table that is there cannot be made to have without being made anew.
fn differences(table: Table, held: &Held, fields: &[Field]) -> Vec<String> {
    let mut differences = Vec::new();
    for column in table.columns() {
        let Some(field) = fields.iter().find(|field| field.name.eq_ignore_ascii_case(column.name)) else { continue };
        if !is_of(column.kind, &field.r#type) {
            differences.push(format!("{} is {:?}, not {:?}", column.name, field.r#type, column.kind));
        } else if field.mode.as_deref().is_some_and(|mode| mode != "NULLABLE") {
            differences.push(format!("{} is {}, not NULLABLE", column.name, field.mode.as_deref().unwrap_or_default()));
        }
    }
    for field in fields {
        let is_ours = table.columns().iter().any(|column| column.name.eq_ignore_ascii_case(&field.name));
        if !is_ours {
            differences.push(format!("{} is a column that is not filled", field.name));
        }
    }
    let partition = held.time_partitioning.as_ref().map(|by| (by.r#type.as_str(), by.field.as_deref().unwrap_or_default()));
    if partition != Some(("DAY", table.day())) {
        differences.push(format!("it is not partitioned by the day of {}", table.day()));
    }
    let clustering = held.clustering.as_ref().and_then(|by| by.fields.as_deref()).unwrap_or_default();
    if clustering != table.key() {
        differences.push(format!("it is not clustered by {}", table.key().join(", ")));
    }
    differences
}

const fn is_of(kind: ColumnKind, held: &FieldType) -> bool {
    matches!(
        (kind, held),
        (ColumnKind::Date, FieldType::Date)
            | (ColumnKind::String, FieldType::String)
            | (ColumnKind::Integer, FieldType::Integer | FieldType::Int64)
            | (ColumnKind::Float, FieldType::Float | FieldType::Float64)
            | (ColumnKind::Numeric, FieldType::Numeric)
    )
}
