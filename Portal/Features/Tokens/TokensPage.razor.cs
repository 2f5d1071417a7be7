using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using Portal.Components.Overlays;
using Portal.Components.Shared;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Security;
using Portal.Core.Tokens;
using Portal.Infrastructure.Live;
using Portal.Infrastructure.SignIn;

namespace Portal.Features.Tokens;

/// <summary>Makes tokens, and takes them away.</summary>
public sealed partial class TokensPage(ITokenDesk desk, CurrentActor current, PageOverlays overlays, IJSRuntime browser) : LiveComponent
{
    public const string Path = "/tokens";

    private static readonly int[] s_days = [7, 30, 90, 180, TokenLimits.MostDays];

    private readonly HashSet<TokenScope> _scopes = [TokenScope.Read];
    private QueryReader _query = new();
    private Actor? _actor;
    private Page<TokenSummary>? _tokens;
    private MadeToken? _made;
    private Refusal? _refusal;
    private string _name = "";
    private string _team = "";
    private int _days = 90;
    private bool _copied;
    private bool _busy;

    /// <summary>From 1, as people count.</summary>
    [SupplyParameterFromQuery]
    public string? Page { get; set; }

    protected override async Task OnInitializedAsync() => _actor = await current.GetAsync();

    protected override Task OnParametersSetAsync()
    {
        _query = new QueryReader();
        return ReadAsync(_query.Page(Page));
    }

    private async Task ReadAsync(int page) => _tokens = await desk.ListAsync(page, Lifetime);

    private async Task CreateAsync()
    {
        if (_busy)
            return;
        _busy = true;
        try
        {
            var outcome = await desk.CreateAsync(new NewToken(_name, _team.Length == 0 ? null : _team, [.. _scopes], _days), Lifetime);
            _refusal = outcome.Refusal;
            if (outcome.Value is not { } made)
                return;
            (_made, _copied, _name) = (made, false, "");
            await ReadAsync(0);
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task CopyAsync()
    {
        if (_made is { } made)
            _copied = await browser.InvokeAsync<bool>("portal.copy", Lifetime, made.Text);
    }

    private async Task RevokeAsync(TokenSummary token)
    {
        if (!await overlays.AskAsync(new Question($"Revoke the token {token.Name}?", $"Whatever uses it is refused from this moment on. It began with {token.Prefix}.", "Revoke it")))
            return;
        _refusal = (await desk.RevokeAsync(token.Id, Lifetime)).Refusal;
        await ReadAsync(_tokens?.Number ?? 0);
    }

    private void Choose(TokenScope scope, bool chosen)
    {
        if (chosen)
            _scopes.Add(scope);
        else
            _scopes.Remove(scope);
    }

    // Whoever asks for an end asks.
    private bool Has(TokenScope scope) => _scopes.Contains(scope) || (scope == TokenScope.Request && _scopes.Contains(TokenScope.Destroy));

    private bool IsGood(TokenSummary token) => token.RevokedAt is null && token.ExpiresAt > Clock.Now;

    private static (string Title, string Says) Words(TokenScope scope) => scope switch
    {
        TokenScope.Read => ("Read", "see what you see"),
        TokenScope.Request => ("Request", "ask for environments and changes; sleep, wake, restart, scale, cancel, try again, put right what drifted"),
        TokenScope.Approve => ("Approve", "decide requests that are yours to decide, without asking you"),
        TokenScope.Audit => ("Audit", "read and export who did what in all environments"),
        _ => ("Destroy", "ask for the end of an environment, or for what loses data"),
    };

    private FieldError? Error(string field) => (_refusal as InvalidToken)?.Errors.FirstOrDefault(error => error.Field == field);

    private string? Invalid(string field) => Error(field) is null ? null : "true";

    private string? Described(string field) => Error(field) is null ? null : $"token-error-{field}";

    private static string AddressOf(int page) => PageAddress.Of(Path, PageAddress.Page(page));
}
