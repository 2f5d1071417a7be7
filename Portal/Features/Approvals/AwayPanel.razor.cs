using Portal.Core;
using Portal.Core.Approvals;
using Portal.Infrastructure.Live;

namespace Portal.Features.Approvals;

public sealed partial class AwayPanel(IAwayDesk desk) : LiveComponent
{
    private AwayView? _view;
    private FoundPeople? _people;
    private Refusal? _refusal;
    private string? _search;
    private string _to = "";
    private DateOnly _first;
    private DateOnly _last;
    private bool _busy;

    protected override void OnInitialized()
    {
        _first = Clock.Today;
        _last = _first.AddDays(6);
        Follow(desk.WatchChanges(), _ => LoadAsync());
    }

    private async Task LoadAsync()
    {
        var view = await desk.ReadAsync(Lifetime);
        if (view.MayHandOver && _people is null)
            _people = await desk.PeopleAsync(_search ?? "", Lifetime);
        _view = view;
    }

    private async Task FindAsync(string? asked)
    {
        _search = asked;
        var people = await desk.PeopleAsync(asked ?? "", Lifetime);
        if (asked != _search)
            return;
        _people = people;
        // Somebody who is not listed any more must not be who is sent.
        if (people.Rows.All(person => person.Subject != _to))
            _to = "";
    }

    private async Task HandOverAsync()
    {
        if (_to.Length == 0)
        {
            _refusal = new InvalidDelegation(new FieldError("to", null, "Choose who decides for you."));
            return;
        }

        if (await DoAsync(() => desk.HandOverAsync(_to, _first, _last, Times.Zone, Lifetime)))
            _to = "";
    }

    private Task EndAsync(Delegation one) => DoAsync(() => desk.EndAsync(one.Id, Lifetime));

    private async Task<bool> DoAsync(Func<Task<Outcome<Guid>>> act)
    {
        if (_busy)
            return false;
        _busy = true;
        try
        {
            _refusal = (await act()).Refusal;
            await LoadAsync();
            return _refusal is null;
        }
        finally
        {
            _busy = false;
        }
    }

    private string Days(Delegation one) => Times.Span(one.Starts, one.Ends);

    private FieldError? Error(string field) => (_refusal as InvalidDelegation)?.Error is { } error && error.Field == field ? error : null;

    private string? Invalid(string field) => Error(field) is null ? null : "true";

    private string? Described(string field) => Error(field) is null ? null : $"away-error-{field}";
}
