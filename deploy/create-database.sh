#!/bin/sh
# Makes the service's user and its database, once: the job rpm-api-create-database (docs/deploy.md). Harmless when repeated; then
# the password is set anew.
#
# ADMIN_URL is that of a user who may make roles and databases, DATABASE_URL the one that the service is to have
# (postgres://USER:PASSWORD@HOST/DATABASE…). Passwords are of letters and digits; none is
# printed, or given as an argument.
set -eu

rest=${DATABASE_URL#*://}
login=${rest%%@*}
RPM_USER=${login%%:*}
RPM_PASSWORD=${login#*:}
name=${rest#*@*/}
RPM_DATABASE=${name%%\?*}
rest=${ADMIN_URL#*://}
login=${rest%%@*}
PGPASSWORD=${login#*:}
export RPM_USER RPM_PASSWORD RPM_DATABASE PGPASSWORD

psql --dbname="${ADMIN_URL%%://*}://${login%%:*}@${rest#*@}" --no-psqlrc --quiet --tuples-only --set=ON_ERROR_STOP=1 <<'SQL'
\getenv user RPM_USER
\getenv password RPM_PASSWORD
\getenv database RPM_DATABASE
SELECT format('CREATE ROLE %I LOGIN', :'user') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'user', :'password') \gexec
-- To make a database somebody else's takes being of their role.
SELECT format('GRANT %I TO CURRENT_USER', :'user') \gexec
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'user') WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
SQL
echo "the database $RPM_DATABASE is there, and belongs to $RPM_USER"
