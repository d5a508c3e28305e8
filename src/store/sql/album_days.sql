-- $1 and $2 days in the zone $3, both included: the albums as they were by the end of each. A song is released from the day on which it
-- was; since when it is mastered, nobody knows: it counts as what it is now. $4 how many rows.
WITH day AS (
    SELECT day::date AS day, (day + interval '1 day') AT TIME ZONE $3 AS ends
    FROM generate_series($1::date::timestamp, $2::date::timestamp, interval '1 day') AS day
), genre AS (
    SELECT day.day, song.album_assignment AS album, song.genre,
           count(*) AS generated,
           count(*) FILTER (WHERE song.status IN ('mastered', 'released')) AS mastered,
           count(*) FILTER (WHERE song.status = 'released' AND (song.released_at IS NULL OR song.released_at < day.ends)) AS released,
           COALESCE(sum(song.duration_seconds), 0) AS seconds,
           count(song.bpm) AS timed, COALESCE(sum(song.bpm), 0) AS bpm,
           sum(song.revenue_target) AS target, sum(song.revenue_actual) AS actual
    FROM day JOIN suno_songs AS song ON song.created_at < day.ends
    GROUP BY day.day, song.album_assignment, song.genre
)
SELECT day, album,
       sum(generated)::bigint AS generated, sum(mastered)::bigint AS mastered, sum(released)::bigint AS released,
       sum(seconds)::bigint AS seconds, sum(timed)::bigint AS timed, sum(bpm)::bigint AS bpm,
       COALESCE(jsonb_object_agg(genre, generated) FILTER (WHERE genre IS NOT NULL), '{}') AS genres,
       sum(target) AS target, sum(actual) AS actual
FROM genre
GROUP BY day, album
ORDER BY day, album NULLS LAST
LIMIT $4
