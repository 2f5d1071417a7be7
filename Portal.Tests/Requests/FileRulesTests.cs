using Portal.Core.Requests;
using Portal.Core.Specifications;
using Portal.Tests.Provisioning;

namespace Portal.Tests.Requests;

public sealed class FileRulesTests
{
    private static readonly SpecificationValidator s_validator = new(Samples.Catalog);

    public static TheoryData<string, string, string, string> Refused => new()
    {
        { "etc/app.conf", "x", "files[0].path", "Begin with a slash" },
        { "/etc/", "x", "files[0].path", "Begin with a slash" },
        { "/etc/../app", "x", "files[0].path", "is not the path of a file" },
        { "/tmp", "x", "files[0].path", "one of its writable folders" },
        { "/a", new string('x', 8_001), "files[0].content", "8000 at most" },
        { "/a", "a\r\nb", "files[0].content", "a line feed alone" },
        { "/a", "${store.HOST}", "files[0].content", "There is nothing called ${store.HOST}" },
        { "/a", "set $host ${", "files[0].content", "is not closed" },
        { "/a", "-----BEGIN RSA PRIVATE KEY-----\nMII", "files[0].content", "It holds a private key" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void Validate_FileThatCannotBe_NamesTheFieldAndARemedy(string path, string content, string field, string remedy)
    {
        var error = Errors(service => service with { Files = [new(path, content)] }).ShouldHaveSingleItem();

        error.Field.ShouldBe($"services[0].{field}");
        error.Message.ShouldContain(remedy);
    }

    [Fact]
    public void Validate_Files_AreBoundedTogetherAndEachIsListedOnce()
    {
        Errors(service => service with { Files = [new("/a", "${store.DATABASE_HOST}\n\t$${HOME}"), new("/tmp/b", "")] }).ShouldBeEmpty();
        Errors(service => service with { Files = [new("/a", "x"), new("/a", "y")] }).ShouldHaveSingleItem().Field.ShouldBe("services[0].files[1].path");
        Errors(service => service with { Files = [.. Enumerable.Range(0, 9).Select(n => new FileSpecification($"/f{n}", ""))] }).ShouldHaveSingleItem().Message.ShouldContain("9 files; 8 at most");
        Errors(service => service with { Files = [.. Enumerable.Range(0, 4).Select(n => new FileSpecification($"/f{n}", new string('x', 7_000)))] }).ShouldHaveSingleItem().Message.ShouldContain("28000 characters up to here; 24000 at most");
        Errors(service => service with { Name = "user-service", Files = [new("/a", "x")] }, "user-service-files").ShouldContain(error => error.Message.Contains("what the files of user-service are kept under"));
    }

    private static IReadOnlyList<Portal.Core.FieldError> Errors(Func<ServiceSpecification, ServiceSpecification> change, string? second = null)
    {
        var shop = Samples.Shop();
        return s_validator.Validate(shop with { Services = [change(shop.Services[0]), second is null ? shop.Services[1] : shop.Services[1] with { Name = second }] });
    }
}
