"""What a secret is, and what only looks like one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio.publish.scan import RULES
from trackio.publish.scan.known import Known
from trackio.publish.scan.search import matches

# In two pieces, so that no scanner takes these for real.
SECRETS = {
    "hf" + "_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH": "hugging-face-token",
    "hf" + "_" + "a" * 34: "hugging-face-token",
    "api" + "_org_aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH": "hugging-face-token",
    "gh" + "p_1234567890abcdefghijklmnopqrstuvwxyz": "github-token",
    "github" + "_pat_11ABCDEFG0abcdefghijkl_1234567890abcdefgh": "github-token",
    "glp" + "at-abcdefghij1234567890": "gitlab-token",
    "AKIA" + "IOSFODNN7EXAMPLE": "aws-key",
    "AIza" + "SyA1234567890abcdefghijklmnopqrstuv": "google-key",
    "AccountKey=" + "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq": "azure-key",
    "sk" + "-proj-abcDEF1234567890abcDEF1234567890": "api-key",
    "sk" + "-ant-api03-AbCdEf0123456789-xyzXYZ012345": "api-key",
    "sk" + "-1234567890abcdef1234567890abcdef": "api-key",
    "xox" + "b-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx": "slack-token",
    "https://hooks.slack.com/services/" + "T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX": "webhook",
    "https://discord.com/api/webhooks/" + "123456789012345678/AbCdEfGhIjKlMnOpQrStUvWxYz": "webhook",
    "sk" + "_live_4eC39HqLyjWDarjtT1zdp7dc": "stripe-key",
    "npm" + "_abcdefghijklmnopqrstuvwxyz0123456789": "npm-token",
    "pypi" + "-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMC0wMDAw": "pypi-token",
    "SG" + ".abcdefghijklmnop1234.abcdefghijklmnopqrst1234": "sendgrid-key",
    "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9": "jwt",
    "-----BEGIN RSA " + "PRIVATE KEY-----": "private-key",
    "-----BEGIN " + "PRIVATE KEY-----": "private-key",
    "postgres://ada:s3cret" + "@db.example.com/x": "url-password",
    "https://hunter2:x9y8z7" + "@proxy:3128": "url-password",
    "Authorization: Bearer " + "abcdef0123456789ABCDEF": "bearer-token",
    "WANDB_API_KEY=" + "0123456789abcdef0123456789abcdef01234567": "secret-value",
    '"api_key": "' + '0123456789abcdef0123456789abcdef01234567"': "secret-value",
    '{\\"client_secret\\": \\"' + 'aB3dE5fG7hI9\\"}': "secret-value",
    "aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY": "secret-value",
    "password: " + "hunter2abc9": "secret-value",
    "train.py --password " + "Zx8kQ2mN7pLw4RtY --epochs 3": "secret-value",
    "train.py --hf-token " + "'Qw9ErTyU8iOp7AsDf6Gh'": "secret-value",
    '["train.py", "--api-key", "' + 'Zx8kQ2mN7pLw4RtY"]': "secret-value",
    "OPENAI_KEY=" + "Zx8kQ2mN7pLw4RtY": "secret-value",
    "wandb_key: " + "9f3a7c1be04d5e8821f6a0b3c4d7e9f1": "secret-value",
    "Authorization: Basic " + "QWxhZGRpbjpvcGVuIHNlc2FtZTEyMw==": "basic-auth",
    "cd /home/ada/data": "home-folder",
    "/Users/ada": "home-folder",
    "C:\\Users\\ada\\x": "home-folder",
    '"C:\\\\Users\\\\ada\\\\x"': "home-folder",
}

HARMLESS = (
    "task-specific-learning-rate-schedule-v2-final3",
    "sk-learn-linear-regression-2024-baseline",
    "hf_transformers and hf_hub_download",
    "token: meta-llama/Llama-3-8B",
    "token = 'Ġhello'",
    "pad_token: <|endoftext|>, mask_token: [MASK]",
    "num_tokens=2024-05-01T12:00:00Z",
    "max_tokens: 1000000000, tokens: 1234567.891234",
    "secret: see-wiki-page-2",
    "password = os.environ['X'], password = getpass()",
    "api_key=${API_KEY} api_key: <your key> api_key: your_api_key_123 api_key='changeme123'",
    "key: value12345678, primary_key=run_20240501_123456",
    "wandb_run_key=resnet50-imagenet-b256-lr0.1",
    "tokenizer_key: model.layers.0.self_attn.q_proj.weight",
    'https://x.com/home/news/ and <a href="/home/ada.html">',
    "/home/runner/work/x /root/.cache /home/user/app /home/ubuntu",
    "http://localhost:7860/@vite/client https://user:@x.y https://x.y:443/z@w git+https://github.com/x/y@abc123",
    "https://user:password@host postgres://postgres:postgres@localhost https://user:${PASS}@host",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "-----BEGIN CERTIFICATE----- -----BEGIN PUBLIC KEY-----",
    "accessToken:t._mapboxAccessToken,e.ProgressToken=e.createMessageConnection,password: OAuthFlowPassword",
    'n.DEFAULT_TOKEN="eyJzZXNzaW9uX2lkIjogImRlZmF1bHQifQ", https://x.y/search?apikey=68b25f31&a',
    "--tokenizer-name gpt2 --max-tokens 512 --pad-token <|endoftext|> --password-file /run/secrets/db-password-2024",
    "--sort-key run_20240501_123456 --primary-key Zx8kQ2mN7pLw4RtY --token-type bearer --use-auth-token",
    "pass --password to log in, --api-key is required, --secret ask-the-admins-first",
    "basic training of a basic understanding, Basic bGVhcm5pbmc=, basic auth, Basic dXNlcjpwYXNzd29yZA==",
    "hash_key=9f3a7c1be04d5e8821f6a0b3c4d7e9f1, self_key: Zx8kQ2mN7pLw4RtY, monkey: Zx8kQ2mN7pLw4RtY",
    "password = b64decode(value), self._private_key = X25519PrivateKey.generate(), token = words2Tokens4All16[0]",
    "AKIA is the beginning of a key, sk- too, and eyJ of a token",
)


@pytest.mark.parametrize(("text", "rule"), SECRETS.items(), ids=lambda value: str(value)[:12])
def test_a_secret_is_found_by_its_form_or_the_name_before_it(text: str, rule: str) -> None:
    assert [match.rule for match in matches(text.encode(), Known())] == [rule]
    assert rule in RULES


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_a_secret_is_left_alone(text: str) -> None:
    assert matches(text.encode(), Known()) == []


@given(st.text(), st.sampled_from(sorted(SECRETS)), st.text())
def test_a_secret_is_found_between_any_texts_and_never_shown(before: str, secret: str, after: str) -> None:
    text = f"{before}\n{secret}\n{after}".encode("utf-8", "replace")
    found = [match for match in matches(text, Known()) if match.rule == SECRETS[secret]]
    assert found
    for match in found:
        assert text[match.start : match.end] == match.secret
        assert match.secret.decode() not in match.excerpt


@given(st.binary(max_size=2000))
def test_any_bytes_are_looked_through(data: bytes) -> None:
    found = matches(data, Known())
    assert all(one.end <= two.start for one, two in pairwise(found))


@pytest.mark.parametrize(
    "piece",
    [
        "-eyJ",
        "token=",
        "sk-",
        "sk-a1B2",
        "://",
        "=://a:",
        "sig=",
        "bearer aB1",
        "/home/",
        "key:",
        "password:'",
        "SG.aB1",
        "--password ",
        "-token ",
        "basic aB1",
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    """Twice the text takes about twice the steps: with a pattern that goes back, this would not end."""
    assert len(matches((piece * (1_000_000 // len(piece))).encode(), Known())) <= 1


def test_home_folders_are_left_out_where_the_report_hides_them() -> None:
    assert matches(b"/home/ada/data", Known(home=b"/srv/people/ada"), has_homes=False) == []


def test_this_users_own_home_is_found_wherever_it_lies() -> None:
    [match] = matches(b"at /srv/people/ada/data", Known(home=b"/srv/people/ada"))
    assert (match.rule, match.secret) == ("home-folder", b"/srv/people/ada")
    assert matches(b"/srv/people/adam", Known(home=b"/srv/people/ada")) == []
