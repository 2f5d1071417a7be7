using Microsoft.AspNetCore.Components;
using Portal.Core;
using Portal.Core.Environments;
using Portal.Core.Rehearsals;
using Portal.Infrastructure.Live;

namespace Portal.Features.Rehearsals;

/// <summary>A page that shows another request makes another one (<c>@key</c>).</summary>
public sealed partial class RehearsalPanel(IRehearsalDesk desk) : LiveComponent
{
    private RequestRehearsals? _read;
    private Refusal? _refusal;
    private bool _busy;
    private bool _isReading;

    [Parameter, EditorRequired]
    public RequestDetail Detail { get; set; } = default!;

    private List<Rehearsal> Earlier => _read is null ? [] : [.. _read.All.Skip(1)];

    protected override void OnInitialized()
    {
        Follow(desk.WatchChanges(), _ => LoadAsync());
        // How far it is nobody is told of: whoever looks asks.
        EverySecond(async () =>
        {
            if (_read?.Newest is not { IsOpen: true } || _isReading)
                return;
            await LoadAsync();
            StateHasChanged();
        });
    }

    private async Task LoadAsync()
    {
        _isReading = true;
        try
        {
            _read = await desk.ReadAsync(Detail.Request.Id, Lifetime);
        }
        finally
        {
            _isReading = false;
        }
    }

    private async Task DoAsync(Func<Task<Outcome<Guid>>> act)
    {
        _busy = true;
        try
        {
            _refusal = (await act()).Refusal;
            await LoadAsync();
        }
        finally
        {
            _busy = false;
        }
    }
}
