using Portal.Core;
using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Requests;

public sealed class SecretRulesTests
{
    private static readonly SpecificationValidator s_validator = new(Samples.Catalog);

    [Theory]
    [InlineData("${secret:shop/payment#apiKey}")]
    [InlineData("${secret:rds!cluster-1234#password}")]
    [InlineData("${secret:arn:aws:secretsmanager:us-east-1:000000000000:secret:shop/payment-a1b2c3#apiKey}")]
    [InlineData("${ssm:/shop/flag}")]
    [InlineData("${ssm:flag#part}")]
    [InlineData("postgres://${store.DATABASE_USER}:${store.DATABASE_PASSWORD}@${store.DATABASE_HOST}/shop")]
    public void Variable_SecretThatCanBe_IsTaken(string value) => Errors(value).ShouldBeEmpty();

    [Theory]
    [InlineData("${secret:}", "names no secret")]
    [InlineData("${secret:shop/payment:apiKey::}", "${secret:shop/payment#}")]
    [InlineData("${secret:shop payment}", "'shop payment' cannot be a secret's name")]
    [InlineData("${secret:a#\"b\"}", "cannot be looked up")]
    [InlineData("${secret:arn:aws:secretsmanager:us-east-1:12:secret:x}", "is not the ARN of a secret")]
    [InlineData("${secret:arn:aws:ssm:us-east-1:000000000000:parameter/x}", "is not the ARN of a secret")]
    [InlineData("${ssm:shop/flag}", "after a slash each level")]
    [InlineData("${ssm:/aws/service/flag}", "AWS's own")]
    [InlineData("${ssm:/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p}", "15 levels")]
    [InlineData("${store.DATABASE_TOKEN}", "There is nothing called ${store.DATABASE_TOKEN}")]
    public void Variable_SecretThatCannotBe_IsNamedWithARemedy(string value, string expected) =>
        Errors(value).ShouldHaveSingleItem().ShouldSatisfyAllConditions(error => error.Field.ShouldBe("services[0].variables[0].value"), error => error.Message.ShouldContain(expected));

    [Theory]
    [InlineData("DB_PASSWORD", "hunter2", false)]
    [InlineData("DB_PASSWORD", "${secret:shop/db#password}", true)]
    [InlineData("DB_PASSWORD", "${store.DATABASE_PASSWORD}", true)]
    [InlineData("DB_PASSWORD", "${store.DATABASE_HOST}", false)]
    [InlineData("PORTAL_SECRET_0", "x", false)]
    public void Name_LooksSecret_IsTakenForAReferenceOnly(string name, string value, bool isTaken) => Errors(value, name).Count.ShouldBe(isTaken ? 0 : 1);

    [Theory]
    [InlineData("secret:registry/ghcr", null)]
    [InlineData("ssm:/registry/ghcr#config", null)]
    [InlineData("registry/ghcr", "Name where the registry's sign-in is kept")]
    [InlineData("{\"auths\":{}}", "Name where the registry's sign-in is kept")]
    [InlineData("secret:", "names no secret")]
    public void PullSecret_IsAReferenceAndNothingElse(string text, string? expected)
    {
        var errors = s_validator.Validate(With(service => service with { PullSecret = text }));

        if (expected is null)
            errors.ShouldBeEmpty();
        else
            errors.ShouldHaveSingleItem().ShouldSatisfyAllConditions(error => error.Field.ShouldBe("services[0].pullSecret"), error => error.Value.ShouldBeNull(), error => error.Message.ShouldContain(expected));
    }

    [Theory]
    [InlineData("${secret:shop/tls}\n", null)]
    [InlineData("key: ${secret:shop/tls}", "it cannot be put into other text")]
    [InlineData("-----BEGIN PRIVATE KEY-----", "${secret:NAME}")]
    public void File_Secret_IsTheWholeFile(string content, string? expected)
    {
        var errors = s_validator.Validate(With(service => service with { Files = [new("/etc/tls.pem", content)] }));

        if (expected is null)
            errors.ShouldBeEmpty();
        else
            errors.ShouldHaveSingleItem().Message.ShouldContain(expected);
    }

    [Fact]
    public void Secrets_ManyOrWithoutNeedForAKey_AreRefused()
    {
        const string key = "arn:aws:kms:us-east-1:000000000000:key/1234";
        Of(service => service with { Variables = [.. Enumerable.Range(0, 31).Select(index => new Variable($"V{index}", $"${{secret:s{index}#k}}"))] }).ShouldBe(["services[0].variables"]);
        // Several keys of one secret are one.
        Of(service => service with { Variables = [.. Enumerable.Range(0, 31).Select(index => new Variable($"V{index}", $"${{secret:s#k{index}}}"))], SecretKeys = [key] }).ShouldBeEmpty();
        Of(service => service with { SecretKeys = [key] }).ShouldBe(["services[0].secretKeys"]);
        Of(service => service with { Variables = [new("A", "${secret:s}")], SecretKeys = ["alias/shop"] }).ShouldBe(["services[0].secretKeys"]);

        static IEnumerable<string> Of(Func<ServiceSpecification, ServiceSpecification> change) => s_validator.Validate(With(change)).Select(error => error.Field);
    }

    [Theory]
    [InlineData("us-east-1", "000000000000", null)]
    [InlineData("eu-central-1", "000000000000", "is kept in eu-central-1, and the environment will live in us-east-1")]
    [InlineData("us-east-1", "111122223333", "is kept in account 111122223333, and the environment will live in account 000000000000")]
    public void ForTarget_ArnOfAnotherPlace_IsRefused(string region, string account, string? expected)
    {
        var wanted = With(service => service with { Variables = [new("A", $"x${{secret:arn:aws:secretsmanager:{region}:{account}:secret:shop-a1b2c3#k}}")] });

        var errors = s_validator.ForTarget(wanted, "us-east-1", "000000000000", hasBucket: true, "0.0.0.0/0").ToList();

        errors.Select(error => error.Field).ShouldBe(expected is null ? [] : ["services[0].variables[0].value"]);
        if (expected is not null)
            errors[0].Message.ShouldContain(expected);
    }

    private static IReadOnlyList<FieldError> Errors(string value, string name = "A") => s_validator.Validate(With(service => service with { Variables = [new(name, value)] }));

    private static Specification With(Func<ServiceSpecification, ServiceSpecification> change)
    {
        var shop = Samples.Shop();
        return shop with { Services = [change(shop.Services[0]), .. shop.Services.Skip(1)] };
    }
}
