using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Portal.Core.Audit;
using Portal.Core.Environments;
using Portal.Features.Audit;
using Portal.Infrastructure.Live;
using Portal.Tests.Fixtures;

namespace Portal.Tests.Features.Audit;

public sealed class AuditPageTests : IDisposable
{
    private readonly BunitContext _context = new();

    public void Dispose() => _context.Dispose();

    [Theory]
    [InlineData(null, 0)]
    [InlineData("The portal's database role 'portal' owns the tables: only the chain of hashes protects the audit trail from it.", 1)]
    public void Page_TrailThatTheRoleCouldChange_SaysSo(string? weakness, int notices)
    {
        _context.Services.AddSingleton<TimeProvider>(new ManualClock()).AddScoped<PageClock>().AddSingleton<IAuditDesk>(new FakeAuditDesk(weakness));

        var page = _context.Render<AuditPage>();

        page.WaitForAssertion(() => page.Find("section[aria-label=Entries]"));
        var notice = page.FindAll(".notice.warn");
        notice.Count.ShouldBe(notices);
        notice.Select(one => one.TextContent).ShouldAllBe(text => text.Contains(weakness!, StringComparison.Ordinal));
    }

    private sealed class FakeAuditDesk(string? weakness) : IAuditDesk
    {
        public Task<Page<AuditEntry>> SearchAsync(AuditFilter filter, CancellationToken cancellationToken) => Task.FromResult(new Page<AuditEntry>([], 0, 0));

        public Task<AuditVerdict> VerifyAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<string?> WeaknessAsync(CancellationToken cancellationToken) => Task.FromResult(weakness);
    }
}
