create view party_flat as
with usable as (
    select * from contact_points where verdict in ('valid', 'possible') and value_norm is not null
),
reach as (
    select
        party_id,
        arg_min(value_norm, slot) filter (cp_type = 'email') as email_1,
        arg_min(verdict, slot) filter (cp_type = 'email') as email_1_verdict,
        arg_min(value_norm, slot) filter (
            cp_type = 'phone' and (usage = 'mobile' or phone_type in ('mobile', 'fixed_or_mobile'))
        ) as mobile_e164,
        arg_min(value_norm, slot) filter (cp_type = 'phone') as phone_e164,
        arg_min(value_norm, slot) filter (cp_type = 'phone' and usage = 'whatsapp') as whatsapp
    from usable
    group by party_id
),
general as (
    select * from contactability where purpose = 'commercial' and subscription is null
),
employer as (
    select party_id, arg_min(to_party_id, no) as employer_party_id
    from relationships
    where rel_type = 'employed_by' and to_party_id is not null and to_party_id <> party_id
    group by party_id
),
said as (
    select party_id, max(captured_at) as consent_at from consents group by party_id
),
origin as (
    select
        party_id,
        string_agg(source || '|' || object || '|' || record_id, ';' order by source, object, record_id) as source_keys,
        min(created_at) as created_first,
        max(modified_at) as modified_last
    from crosswalk
    where party_id is not null
    group by party_id
)
select
    p.party_id,
    p.party_kind,
    p.honorific,
    p.given_name as given,
    p.surname_1,
    p.surname_2,
    p.full_name,
    p.org_name,
    p.tax_id,
    p.tax_scheme,
    r.email_1,
    r.email_1_verdict = 'valid' as email_1_ok,
    r.mobile_e164,
    r.phone_e164,
    r.whatsapp,
    p.street,
    p.house_number,
    p.unit,
    p.district,
    p.city,
    p.region as admin_area,
    p.postal_code,
    p.country,
    p.language,
    e.employer_party_id,
    p.job_title,
    coalesce(ce.allowed, 'unknown') as consent_email_commercial,
    coalesce(cw.allowed, 'unknown') as consent_whatsapp_commercial,
    coalesce(cp.allowed, 'unknown') as consent_phone_commercial,
    s.consent_at,
    p.sources,
    o.source_keys,
    o.created_first,
    o.modified_last,
    p.quality_score
from party as p
left join reach as r using (party_id)
left join employer as e using (party_id)
left join said as s using (party_id)
left join origin as o using (party_id)
left join general as ce
    on ce.party_id = p.party_id and ce.channel = 'email' and ce.contact_value = r.email_1
left join general as cw
    on cw.party_id = p.party_id and cw.channel = 'whatsapp'
    and cw.contact_value = coalesce(r.whatsapp, r.mobile_e164, r.phone_e164)
left join general as cp
    on cp.party_id = p.party_id and cp.channel = 'phone' and cp.contact_value = r.phone_e164
